/// How much of a picture has which colour: 8 × 8 × 8 bins of CIE Lab.
///
/// L is cut from 0 to 100, a and b from −128 to 127, in equal parts; a value on the upper end, or
/// beyond either, counts to the outermost bin. The bins sum to 1.
package struct ColourHistogram: Sendable, Equatable {
  package let bins: [Double]
  private static let steps = 8

  package init(_ image: Image) {
    var counts = [Int](repeating: 0, count: Self.steps * Self.steps * Self.steps)
    let lab = image.lab().pixels
    for i in stride(from: 0, to: lab.count, by: 3) {
      let lightness = Self.bin(lab[i], from: 0, to: 100)
      let green = Self.bin(lab[i + 1], from: -128, to: 127)
      let blue = Self.bin(lab[i + 2], from: -128, to: 127)
      counts[(lightness * Self.steps + green) * Self.steps + blue] += 1
    }
    let total = Double(image.width * image.height)
    bins = counts.map { Double($0) / total }
  }

  private static func bin(_ value: Float, from low: Float, to high: Float) -> Int {
    let place = (value - low) / (high - low) * Float(steps)
    return min(max(Int(place.rounded(.down)), 0), steps - 1)
  }

  /// The sum of the bins' minima: 0 for no colour in common, 1 for equal histograms.
  package func intersection(_ other: ColourHistogram) -> Double {
    zip(bins, other.bins).reduce(0) { $0 + min($1.0, $1.1) }
  }
}

/// Written as the places and the values of the bins that are not empty.
extension ColourHistogram: Codable {
  private enum CodingKeys: CodingKey { case places, values }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let places = try container.decode([Int].self, forKey: .places)
    let values = try container.decode([Double].self, forKey: .values)
    var bins = [Double](repeating: 0, count: Self.steps * Self.steps * Self.steps)
    guard places.count == values.count, places.allSatisfy(bins.indices.contains) else {
      throw DecodingError.dataCorruptedError(
        forKey: .places, in: container, debugDescription: "no places of bins")
    }
    for (place, value) in zip(places, values) { bins[place] = value }
    self.bins = bins
  }

  package func encode(to encoder: any Encoder) throws {
    let places = bins.indices.filter { bins[$0] > 0 }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(places, forKey: .places)
    try container.encode(places.map { bins[$0] }, forKey: .values)
  }
}
