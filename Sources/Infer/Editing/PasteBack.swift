import Pictures

extension Image {
  /// Puts a repainted region back: where the mask is below 128 every pixel stays as it is; inside,
  /// the new picture fades in over `feather` pixels from the mask's border, or fewer where the
  /// mask is so thin that nothing of it would be seen.
  ///
  /// - Parameters:
  ///   - picture: of the rectangle's size.
  ///   - rectangle: holds the whole mask.
  ///   - mask: of this picture's size.
  package func pasting(
    _ picture: Image, over rectangle: PixelRectangle, mask: GrayImage, feather: Float
  ) -> Image {
    precondition(picture.width == rectangle.width && picture.height == rectangle.height)
    // One pixel more, so that a mask's border on the rectangle's edge is seen as one.
    let area = rectangle.grownByOne(width: width, height: height)
    let depth = mask.cropped(to: area).depthInside()
    let fade = min(feather, ((depth.max() ?? 0) - 1) / 3)
    var result = self
    for y in 0..<rectangle.height {
      for x in 0..<rectangle.width {
        let (column, row) = (rectangle.x + x, rectangle.y + y)
        let inside = depth[(row - area.y) * area.width + column - area.x]
        guard inside > 0 else { continue }
        let weight = min(inside / (fade + 1), 1)
        let (to, from) = (3 * (row * width + column), 3 * (y * rectangle.width + x))
        for channel in 0..<3 {
          let old = Float(pixels[to + channel])
          let new = Float(picture.pixels[from + channel])
          result.pixels[to + channel] = UInt8((old + weight * (new - old)).rounded())
        }
      }
    }
    return result
  }
}

extension PixelRectangle {
  fileprivate func grownByOne(width: Int, height: Int) -> PixelRectangle {
    let (left, top) = (max(x - 1, 0), max(y - 1, 0))
    let (right, bottom) = (min(x + self.width + 1, width), min(y + self.height + 1, height))
    return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
  }
}

extension GrayImage {
  /// For each pixel, how far it is from the nearest one that is not masked: 0 outside the mask, 1 at
  /// its border. Beyond the picture's edge there is no border.
  ///
  /// Chamfer distance, two passes with weights 1 and √2.
  package func depthInside() -> [Float] {
    let far = Float(width + height)
    var depth = pixels.map { $0 >= 128 ? far : 0 }
    func relax(_ x: Int, _ y: Int, _ dx: Int, _ dy: Int, _ cost: Float) {
      guard x + dx >= 0, x + dx < width, y + dy >= 0, y + dy < height else { return }
      let at = y * width + x
      depth[at] = min(depth[at], depth[at + dy * width + dx] + cost)
    }
    let diagonal = Float(2).squareRoot()
    for y in 0..<height {
      for x in 0..<width {
        relax(x, y, -1, 0, 1)
        relax(x, y, 0, -1, 1)
        relax(x, y, -1, -1, diagonal)
        relax(x, y, 1, -1, diagonal)
      }
    }
    for y in (0..<height).reversed() {
      for x in (0..<width).reversed() {
        relax(x, y, 1, 0, 1)
        relax(x, y, 0, 1, 1)
        relax(x, y, 1, 1, diagonal)
        relax(x, y, -1, 1, diagonal)
      }
    }
    return depth
  }
}
