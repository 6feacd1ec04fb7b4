import Foundation

/// A linear scale from values to places on a picture, with round marks.
struct PlotAxis {
  /// Marked values.
  let ticks: [Double]
  private let range: ClosedRange<Double>
  private let start: Double
  private let end: Double

  /// An axis that holds all values with some room, and two to five round marks.
  ///
  /// - Parameter values: Finite ones, at least one.
  init(holding values: [Double], from start: Double, to end: Double) {
    range = Self.widened(values, by: 0.08)
    (self.start, self.end) = (start, end)
    let step = Self.roundStep((range.upperBound - range.lowerBound) / 5)
    let first = Int((range.lowerBound / step).rounded(.up))
    let last = Int((range.upperBound / step).rounded(.down))
    ticks = first <= last ? (first...last).map { Double($0) * step } : []
  }

  /// An axis with a mark at each value.
  init(marking values: [Double], from start: Double, to end: Double) {
    range = Self.widened(values, by: 0.06)
    (self.start, self.end) = (start, end)
    ticks = values
  }

  func place(_ value: Double) -> Double {
    let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    return start + share * (end - start)
  }

  /// The marks, all with as many digits as tell them apart.
  var labels: [String] {
    guard ticks.count > 1 else { return ticks.map { String(format: "%g", $0) } }
    let places = max(0, Int((-log10(ticks[1] - ticks[0]) - 1e-9).rounded(.up)))
    return ticks.map { ($0 == 0 ? 0 : $0).fixed(min(places, 12)) }
  }

  private static func widened(_ values: [Double], by share: Double) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let room = high > low ? (high - low) * share : max(abs(high) * 0.05, 0.001)
    return low - room...high + room
  }

  /// The next of 1, 2 and 5 times a power of ten from `step` up.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    return (([1, 2, 5].first { $0 * power >= step * 0.999 }) ?? 10) * power
  }
}
