import Pictures

extension Baseline {
  public static let poissonCopyPaste = Baseline(
    "copy-paste-poisson",
    procedure: "copy-paste, then Poisson image editing (Pérez et al. 2003): inside the mask the "
      + "gradients of the pasted picture, on its border the source's values; no gradient across the "
      + "border of the reference"
  ) { source, mask, reference in
    let box = mask.bounds
    let isKnown = mask.isInside.indices.map { i in
      let (y, x) = i.quotientAndRemainder(dividingBy: mask.width)
      return box.x..<box.x + box.width ~= x && box.y..<box.y + box.height ~= y
    }
    return source.blending(
      source.stretching(reference, over: box), inside: mask.isInside, known: isKnown)
  }
}
