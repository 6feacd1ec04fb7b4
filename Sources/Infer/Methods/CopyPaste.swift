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
    let box = mask.bounds
    var pasted = self
    pasted.draw(
      picture.resized(width: box.width, height: box.height, filter: .bicubic), x: box.x, y: box.y)
    return keeping(pasted, inside: mask)
  }
}
