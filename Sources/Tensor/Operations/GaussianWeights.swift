import Foundation

/// A normal density at `taps` positions around its middle, scaled to the sum 1.
func gaussian(_ taps: Int, _ deviation: Double) -> [Double] {
  let middle = Double(taps - 1) / 2
  let bell = (0..<taps).map { exp(-pow((Double($0) - middle) / deviation, 2) / 2) }
  let sum = bell.reduce(0, +)
  return bell.map { $0 / sum }
}
