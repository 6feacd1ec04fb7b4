extension Image {
  /// The colour with the largest channel, the first of several; nil if no channel reaches 128.
  var strongestColour: [UInt8]? {
    guard let strongest = pixels.max(), strongest >= 128,
      let place = pixels.firstIndex(of: strongest)
    else { return nil }
    return Array(pixels[place / 3 * 3..<place / 3 * 3 + 3])
  }
}
