import Foundation

// The ways in which numbers are written; ``Quantity`` is for people who only want to know how much.

extension BinaryFloatingPoint where Self: CustomStringConvertible {
  /// The fewest digits that read back as the same: `3` instead of `3.0`.
  package var shortest: String {
    // Up to there every whole number is exact, and its description has no exponent.
    let limit: Self = Self.significandBitCount < 52 ? 1e7 : 1e15
    return self == rounded() && abs(self) < limit ? "\(Int(self))" : description
  }

  /// As in JSON, which can't say what is not finite: null.
  package var json: String { isFinite ? description : "null" }
}

extension Double {
  /// With so many digits after the point: `0.50`.
  package func fixed(_ places: Int) -> String { String(format: "%.\(places)f", self) }

  /// With so many digits in all, and an exponent where that is shorter: `0.5`, `1e-12`.
  package func significant(_ digits: Int) -> String { String(format: "%.\(digits)g", self) }
}
