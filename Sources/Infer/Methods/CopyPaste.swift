import Pictures

extension Baseline {
  public static let copyPaste = Baseline(
    "copy-paste",
    procedure:
      "the reference stretched (bicubic) to the mask's bounding box, pasted inside the mask"
  ) { source, mask, reference in source.pasting(reference, inside: mask) }
}

extension Image {
  /// The picture with another, stretched to the mask's bounds, in place of what is inside the mask.
  package func pasting(_ picture: Image, inside mask: EditMask) -> Image {
    keeping(stretching(picture, over: mask.bounds), inside: mask)
  }

  /// The picture with another stretched over a part of it.
  func stretching(_ picture: Image, over box: PixelRectangle) -> Image {
    var result = self
    result.draw(
      picture.resized(width: box.width, height: box.height, filter: .bicubic), x: box.x, y: box.y)
    return result
  }
}
