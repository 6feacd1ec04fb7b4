import Pictures

/// Why no training example can be made.
public enum SynthesisError: Error, CustomStringConvertible {
  case setting(key: String, found: String, expected: String)
  case noBox
  case emptyMask
  case boxOutside(Box, picture: (width: Int, height: Int))
  case maskSize(mask: (Int, Int), picture: (Int, Int))

  /// A few words by which skipped pictures are counted.
  public var category: String {
    switch self {
    case .setting: "settings"
    case .noBox: "no box"
    case .emptyMask: "empty mask"
    case .boxOutside: "box outside the picture"
    case .maskSize: "mask of another size"
    }
  }

  public var description: String {
    switch self {
    case .setting(let key, let found, let expected):
      "\(key) is \(found); it must be \(expected)"
    case .noBox:
      "the picture has neither a box nor a mask; give it \"boxes\" or \"mask\" in the manifest"
    case .emptyMask:
      "the mask has no white pixel; white marks what to repaint"
    case .boxOutside(let box, let picture):
      "the box [\(box.x0), \(box.y0), \(box.x1), \(box.y1)] is empty or outside the picture of "
        + "\(picture.width)×\(picture.height) pixels; boxes are [x0, y0, x1, y1] after EXIF rotation"
    case .maskSize(let mask, let picture):
      "the mask has \(mask.0)×\(mask.1) pixels, its picture \(picture.0)×\(picture.1); "
        + "they must be the same"
    }
  }
}

extension TripletSettings {
  /// - Throws: ``SynthesisError/setting(key:found:expected:)`` for a value no example can be made
  ///   with.
  public func validate() throws(SynthesisError) {
    func require(_ valid: Bool, _ key: String, _ found: Any, _ expected: String)
      throws(SynthesisError)
    {
      if !valid { throw .setting(key: key, found: "\(found)", expected: expected) }
    }
    func probability(_ value: Float, _ key: String) throws(SynthesisError) {
      try require(value >= 0 && value <= 1, key, value, "a probability, 0 to 1")
    }
    let sizes = 8...16_384
    try require(sizes.contains(imageSize), "image_size", imageSize, "8 to 16384 pixels")
    try require(sizes.contains(referenceSize), "reference_size", referenceSize, "8 to 16384 pixels")
    try probability(arbitraryMaskPercent, "arbitrary_mask_percent")
    try probability(augmentation.flip.probability, "augmentation.flip.probability")
    try probability(augmentation.rotate.probability, "augmentation.rotate.probability")
    try probability(augmentation.blur.probability, "augmentation.blur.probability")
    try probability(augmentation.elastic.probability, "augmentation.elastic.probability")
    let (rotate, blur, elastic) = (augmentation.rotate, augmentation.blur, augmentation.elastic)
    try require(
      rotate.limit >= 0 && rotate.limit <= 180, "augmentation.rotate.limit", rotate.limit,
      "0 to 180 degrees")
    try require(
      blur.smallest >= 1 && blur.smallest <= blur.largest && blur.largest <= 99
        && blur.smallest % 2 == 1 && blur.largest % 2 == 1,
      "augmentation.blur", "\(blur.smallest) to \(blur.largest)", "two odd sides, 1 to 99")
    try require(
      elastic.sigma > 0 && elastic.sigma <= 10_000, "augmentation.elastic.sigma", elastic.sigma,
      "above 0, at most 10000 pixels")
    for (key, value) in [("alpha", elastic.alpha), ("affine", elastic.affine)] {
      try require(
        value >= 0 && value <= 10_000, "augmentation.elastic.\(key)", value, "0 to 10000 pixels")
    }
  }
}
