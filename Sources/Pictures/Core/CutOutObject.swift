extension Image {
  /// What a mask marks, alone: the part inside the mask's bounds, a ground wherever the mask is below 128.
  ///
  /// - Parameters:
  ///   - mask: of the picture's size.
  ///   - ground: what is seen where the object is not.
  /// - Returns: nil for a mask that marks nothing.
  package func object(in mask: GrayImage, on ground: Ground = .reference) -> Image? {
    precondition(mask.width == width && mask.height == height)
    guard let bounds = mask.whiteBounds else { return nil }
    var result = cropped(to: bounds)
    let levels = [ground.red, ground.green, ground.blue]
    for (i, level) in mask.cropped(to: bounds).pixels.enumerated() where level < 128 {
      for channel in 0..<3 { result.pixels[3 * i + channel] = levels[channel] }
    }
    return result
  }
}
