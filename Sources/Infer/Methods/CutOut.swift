import Pictures

/// The hole filled, and the reference's object, cut out, laid over it: what a harmoniser is given.
struct CutOut {
  let picture: Image
  /// Which pixels are the object's.
  let isObject: [Bool]

  /// The object's bounding box fits inside the hole's, in its own proportions, in the middle. What of it
  /// lies outside the hole is left out.
  ///
  /// - Parameters:
  ///   - reference: a picture of the object.
  ///   - object: white where the object is, of the reference's size; nil for the whole reference.
  ///   - source: where it goes.
  ///   - mask: the hole.
  init(of reference: Image, object: GrayImage?, into source: Image, inside mask: EditMask) {
    let whole = PixelRectangle(x: 0, y: 0, width: reference.width, height: reference.height)
    let part = object.map { $0.whiteBounds ?? whole } ?? whole
    let place = Self.place(of: part, inside: mask.bounds)
    let shape = object?.cropped(to: part)
      .resized(width: place.width, height: place.height, filter: .bilinear)
    let drawn = source.stretching(reference.cropped(to: part), over: place)

    var (picture, isObject) = (source.filling(mask), mask.isInside.map { _ in false })
    for y in 0..<place.height {
      for x in 0..<place.width where shape.map({ $0.pixels[y * place.width + x] >= 128 }) ?? true {
        let i = (place.y + y) * source.width + place.x + x
        guard mask.isInside[i] else { continue }
        isObject[i] = true
        for k in 3 * i..<3 * i + 3 { picture.pixels[k] = drawn.pixels[k] }
      }
    }
    (self.picture, self.isObject) = (picture, isObject)
  }

  private static func place(
    of part: PixelRectangle, inside hole: PixelRectangle
  ) -> PixelRectangle {
    let scale = min(
      Double(hole.width) / Double(part.width), Double(hole.height) / Double(part.height))
    func side(_ length: Int, _ most: Int) -> Int {
      min(max(Int((Double(length) * scale).rounded()), 1), most)
    }
    let (width, height) = (side(part.width, hole.width), side(part.height, hole.height))
    return PixelRectangle(
      x: hole.x + (hole.width - width) / 2, y: hole.y + (hole.height - height) / 2, width: width,
      height: height)
  }
}
