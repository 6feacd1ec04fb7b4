import Pictures

/// Which pixels of a picture are to be repainted: at least one, never all.
public struct RepaintMask: Sendable {
  /// 255 where the picture is repainted, 0 where it stays.
  public let pixels: GrayImage
  /// What messages call it.
  public let name: String
  /// The smallest rectangle that holds all of it.
  public let bounds: PixelRectangle
  /// Share of the picture that is repainted, 0…1.
  public let share: Double
  /// What in its file it was taken from; nil if it comes from no file.
  public private(set) var basis: DecodedMask.Basis?
  /// What its file was read with.
  package private(set) var warnings: [FileWarning] = []

  /// A mask from a file, grey or by its alpha (see `ImageFile.readMask`): at least 128 is repainted;
  /// `inverted`, at most 127.
  ///
  /// - Throws: ``EditError``, `ImageError`.
  public init(file: String, inverted: Bool = false, for picture: Image) throws {
    try self.init(
      ImageFile.readMask(file), name: file, inverted: inverted, for: PictureSize(picture))
  }

  /// A mask that was read already, as `init(file:)` takes it.
  ///
  /// - Throws: ``EditError``.
  init(
    _ read: DecodedMask, name: String, inverted: Bool, for picture: PictureSize
  ) throws {
    try self.init(
      read.pixels, name: name, inverted: inverted, colour: read.strongColour, for: picture)
    (basis, warnings) = (read.basis, read.warnings.about(name))
  }

  /// A rectangle in the picture's pixels, end-exclusive; parts of a pixel are rounded.
  ///
  /// - Throws: ``EditError``.
  public init(box: Box, inverted: Bool = false, for picture: Image) throws {
    let given = [box.x0, box.y0, box.x1, box.y1]
    let isInside = given.allSatisfy { (0...1).contains($0) }
    guard !isInside || given.allSatisfy({ $0 == $0.rounded() }) else {
      throw EditError.boxOfFractions(box, picture: PictureSize(picture))
    }
    let sides = given.map { $0.rounded() }
    guard sides.allSatisfy({ (0...0x1p24).contains($0) }), sides[2] <= Float(picture.width),
      sides[3] <= Float(picture.height)
    else { throw EditError.boxOutside(box, picture: PictureSize(picture)) }
    let (x0, y0, x1, y1) = (Int(sides[0]), Int(sides[1]), Int(sides[2]), Int(sides[3]))
    guard x1 > x0, y1 > y0 else { throw EditError.emptyBox(box) }
    var drawn = GrayImage(width: picture.width, height: picture.height, fill: 0)
    drawn.draw(GrayImage(width: x1 - x0, height: y1 - y0, fill: 255), x: x0, y: y0)
    try self.init(drawn, name: "box \(box.text)", inverted: inverted, for: picture)
  }

  /// A mask that is drawn already.
  ///
  /// - Throws: ``EditError``.
  public init(
    _ drawn: GrayImage, name: String, inverted: Bool = false, for picture: Image
  ) throws {
    try self.init(
      drawn, name: name, inverted: inverted, colour: nil, for: PictureSize(picture))
  }

  private init(
    _ drawn: GrayImage, name: String, inverted: Bool, colour: [UInt8]?, for picture: PictureSize
  ) throws {
    guard PictureSize(drawn) == picture else {
      throw EditError.maskSize(name, found: PictureSize(drawn), expected: picture)
    }
    let isWhite: (UInt8) -> Bool = inverted ? { $0 < 128 } : { $0 >= 128 }
    let binary = drawn.replacing(
      width: drawn.width, height: drawn.height, pixels: drawn.pixels.map { isWhite($0) ? 255 : 0 })
    func levels() -> MaskLevels { MaskLevels(drawn, isInverted: inverted, colour: colour) }
    guard let bounds = binary.whiteBounds else { throw EditError.emptyMask(name, levels()) }
    let count = binary.pixels.count { $0 == 255 }
    guard count < binary.pixels.count else { throw EditError.fullMask(name, levels()) }
    (pixels, self.name, self.bounds) = (binary, name, bounds)
    share = Double(count) / Double(binary.pixels.count)
  }
}

extension GrayImage {
  /// The mask at another size, where a pixel is masked as soon as any masked pixel reaches into it:
  /// nothing of what is to be replaced is left for the network to see.
  public func covering(width newWidth: Int, height newHeight: Int) -> GrayImage {
    func spans(_ old: Int, _ new: Int) -> [Range<Int>] {
      (0..<new).map { $0 * old / new..<(($0 + 1) * old + new - 1) / new }
    }
    let (columns, rows) = (spans(width, newWidth), spans(height, newHeight))
    var result = GrayImage(width: newWidth, height: newHeight, fill: 0)
    for (y, sourceRows) in rows.enumerated() {
      for (x, sourceColumns) in columns.enumerated() {
        let reached = sourceRows.contains { row in
          sourceColumns.contains { pixels[row * width + $0] >= 128 }
        }
        if reached { result.pixels[y * newWidth + x] = 255 }
      }
    }
    return result
  }
}
