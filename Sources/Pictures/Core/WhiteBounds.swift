extension GrayImage {
  /// The smallest rectangle that holds every pixel of at least 128; nil if there is none.
  package var whiteBounds: PixelRectangle? {
    var (left, top, right, bottom) = (width, height, 0, 0)
    pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<height {
        for x in 0..<width where pixels[y &* width &+ x] >= 128 {
          (left, right) = (min(left, x), max(right, x &+ 1))
          (top, bottom) = (min(top, y), y &+ 1)
        }
      }
    }
    return right > left ? PixelRectangle(left, top, right, bottom) : nil
  }
}
