import Pictures

/// The part of a picture that the network sees, and the size at which it sees it.
package struct WorkRegion: Equatable, Sendable {
  package let rectangle: PixelRectangle
  package let size: PictureSize

  /// - Parameters:
  ///   - bounds: of the mask.
  ///   - multiple: sides the network can take.
  /// - Throws: ``EditError`` where the size is asked for and is not such.
  package init(
    picture: PictureSize, bounds: PixelRectangle, crop: EditSettings.Crop,
    size: EditSettings.WorkSize, modelSize: Int, multiple: Int
  ) throws {
    rectangle =
      crop == .none
      ? PixelRectangle(x: 0, y: 0, width: picture.width, height: picture.height)
      : Self.around(bounds, in: picture, modelSize)
    func fits(_ size: PictureSize) -> Bool {
      [size.width, size.height].allSatisfy { $0 >= multiple && $0 % multiple == 0 }
    }
    switch size {
    case .model: self.size = Self.fitting(rectangle, modelSize, multiple: multiple)
    case .picture:
      self.size = PictureSize(width: rectangle.width, height: rectangle.height)
      guard fits(self.size) else {
        throw EditError.badPictureSize(self.size, multiple: multiple)
      }
    case .exactly(let requested):
      self.size = requested
      guard fits(requested) else { throw EditError.badSize(requested, multiple: multiple) }
    }
  }

  /// A square within the picture, longer only where the mask is: as wide as the model's picture, so
  /// that nothing is enlarged for no reason, but from two to six times the mask, so that there is
  /// context enough and the object is not drawn too small.
  private static func around(
    _ bounds: PixelRectangle, in picture: PictureSize, _ modelSize: Int
  ) -> PixelRectangle {
    let longest = max(bounds.width, bounds.height)
    let wanted = min(max(modelSize, 2 * longest), 6 * longest)
    let side = min(wanted, picture.width, picture.height)
    func span(_ start: Int, _ length: Int, _ whole: Int) -> (Int, Int) {
      let size = max(side, length)
      let centred = start + length / 2 - size / 2
      return (min(max(centred, 0), whole - size), size)
    }
    let (x, width) = span(bounds.x, bounds.width, picture.width)
    let (y, height) = span(bounds.y, bounds.height, picture.height)
    return PixelRectangle(x: x, y: y, width: width, height: height)
  }

  /// About as many pixels as the model's picture in the rectangle's proportions, each side a
  /// multiple; strips longer than sixteen times their width are compressed.
  private static func fitting(
    _ rectangle: PixelRectangle, _ modelSize: Int, multiple: Int
  ) -> PictureSize {
    let area = Double(rectangle.width) * Double(rectangle.height)
    let ratio = Double(modelSize) / area.squareRoot()
    func side(_ length: Int) -> Int {
      let ideal = min(Double(length) * ratio, 4 * Double(modelSize))
      return max(Int((ideal / Double(multiple)).rounded()), 1) * multiple
    }
    return PictureSize(width: side(rectangle.width), height: side(rectangle.height))
  }
}
