import Pictures

/// The part of a picture that the network sees, and the size at which it sees it.
package struct WorkRegion: Equatable, Sendable {
  package let rectangle: PixelRectangle
  /// Width and height at which the network works.
  package let size: PictureSize
  /// The size at which the rectangle lies in the top left corner of what the network works on. Less
  /// than ``size`` only where nothing may be resized and the picture ends too early; what lies
  /// beyond is part of the hole.
  package let content: PictureSize

  /// - Parameters:
  ///   - bounds: of the mask.
  ///   - multiple: sides the network can take.
  /// - Throws: ``EditError`` where the size is asked for and is not such.
  package init(
    picture: PictureSize, bounds: PixelRectangle, crop: EditSettings.Crop,
    size: EditSettings.WorkSize, modelSize: Int, multiple: Int
  ) throws {
    let rectangle =
      crop == .none
      ? PixelRectangle(x: 0, y: 0, width: picture.width, height: picture.height)
      : Self.around(bounds, in: picture, modelSize, multiple: size == .picture ? multiple : 1)
    func fits(_ size: PictureSize) -> Bool {
      [size.width, size.height].allSatisfy { $0 >= multiple && $0 % multiple == 0 }
    }
    self.rectangle = rectangle
    switch size {
    case .model:
      self.size = Self.fitting(rectangle, modelSize, multiple: multiple)
      content = self.size
    case .picture:
      content = PictureSize(width: rectangle.width, height: rectangle.height)
      self.size = PictureSize(
        width: rectangle.width.roundedUp(to: multiple),
        height: rectangle.height.roundedUp(to: multiple))
      guard crop == .auto || fits(content) else {
        throw EditError.badPictureSize(content, multiple: multiple)
      }
    case .exactly(let requested):
      self.size = requested
      content = requested
      guard fits(requested) else { throw EditError.badSize(requested, multiple: multiple) }
    }
  }

  /// A square within the picture: as wide as the model's picture, so that nothing is enlarged for no
  /// reason, but from two to six times the mask, so that there is context enough and the object is
  /// not drawn too small. Where the picture is too narrow for that square, each axis is still twice
  /// as long as the mask, or as the picture has it.
  ///
  /// - Parameter multiple: of which sides are chosen, where the picture has room for it.
  private static func around(
    _ bounds: PixelRectangle, in picture: PictureSize, _ modelSize: Int, multiple: Int
  ) -> PixelRectangle {
    let longest = max(bounds.width, bounds.height)
    let wanted = min(max(modelSize, 2 * longest), 6 * longest)
    let side = min(wanted, picture.width, picture.height)
    func extent(_ length: Int, _ whole: Int) -> Int {
      let enough = min(max(side, 2 * length), whole).roundedUp(to: multiple)
      guard enough > whole else { return enough }
      let less = whole / multiple * multiple
      return less >= 2 * length ? less : whole
    }
    func span(_ start: Int, _ length: Int, _ whole: Int) -> (Int, Int) {
      let size = extent(length, whole)
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

extension WorkRegion {
  /// What the network is given of a picture: the rectangle, and nothing beyond its content.
  package func part(of picture: Image) -> Image {
    picture.cropped(to: rectangle)
      .resized(width: content.width, height: content.height, filter: .bilinear)
      .padded(
        left: 0, top: 0, right: size.width - content.width, bottom: size.height - content.height,
        value: [0, 0, 0])
  }

  /// What the network is to paint: the mask, and all beyond the content.
  package func hole(of mask: GrayImage) -> GrayImage {
    mask.cropped(to: rectangle).covering(width: content.width, height: content.height)
      .padded(
        left: 0, top: 0, right: size.width - content.width, bottom: size.height - content.height,
        value: [255])
  }

  /// The content of what the network painted.
  package func content(of painted: Image) -> Image {
    painted.cropped(
      to: PixelRectangle(x: 0, y: 0, width: content.width, height: content.height))
  }
}

extension Int {
  fileprivate func roundedUp(to multiple: Int) -> Int {
    (self + multiple - 1) / multiple * multiple
  }
}
