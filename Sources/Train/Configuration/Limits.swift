/// The numbers that a key may have.
package enum Limits: CustomStringConvertible {
  case atLeast(Double)
  case above(Double)
  case between(Double, Double)

  package static let positive = Limits.between(1, 1e9)
  package static let share = Limits.between(0, 1)

  /// The limits that a library states of its own settings.
  package static func `in`<Number: BinaryFloatingPoint>(_ range: ClosedRange<Number>) -> Limits
  where Number: LosslessStringConvertible {
    // By way of its digits: 0.1 of fewer bits is not 0.1.
    func double(_ number: Number) -> Double { Double("\(number)") ?? Double(number) }
    return .between(double(range.lowerBound), double(range.upperBound))
  }

  package static func `in`(_ range: ClosedRange<Int>) -> Limits {
    .between(Double(range.lowerBound), Double(range.upperBound))
  }

  func contain(_ number: Double) -> Bool {
    switch self {
    case .atLeast(let low): number >= low
    case .above(let low): number > low
    case .between(let low, let high): number >= low && number <= high
    }
  }

  package var description: String {
    switch self {
    case .atLeast(let low): "of at least \(low.short)"
    case .above(let low): "above \(low.short)"
    case .between(let low, 0x1p53): "from \(low.short) to \(0x1p53.short)"
    case .between(let low, 1e9...): "of at least \(low.short)"
    case .between(let low, let high): "from \(low.short) to \(high.short)"
    }
  }
}

extension BinaryFloatingPoint where Self: LosslessStringConvertible {
  /// Without ".0" for whole numbers.
  var short: String { Int(exactly: self).map { "\($0)" } ?? "\(self)" }
}
