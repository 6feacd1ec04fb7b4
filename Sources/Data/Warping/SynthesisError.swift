import Pictures

/// Why no training example can be made.
public enum SynthesisError: Error, CustomStringConvertible {
  case setting(key: String, found: String, expected: String)
  case noBox
  case emptyMask
  case emptyObjectMask
  case boxOutside(Box, picture: (width: Int, height: Int))
  case maskSize(mask: (Int, Int), picture: (Int, Int))

  /// A few words by which skipped pictures are counted.
  public var category: String {
    switch self {
    case .setting: "settings"
    case .noBox: "no box"
    case .emptyMask: "empty mask"
    case .emptyObjectMask: "empty mask of an object"
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
    case .emptyObjectMask:
      "a mask of an object has no white pixel; white marks the object"
    case .boxOutside(let box, let picture):
      "the box [\(box.x0), \(box.y0), \(box.x1), \(box.y1)] is empty or outside the picture of "
        + "\(picture.width)×\(picture.height) pixels; boxes are [x0, y0, x1, y1] after EXIF rotation"
    case .maskSize(let mask, let picture):
      "the mask has \(mask.0)×\(mask.1) pixels, its picture \(picture.0)×\(picture.1); "
        + "they must be the same"
    }
  }
}

extension SynthesisError {
  /// - Throws: ``setting(key:found:expected:)`` for a value outside its range.
  static func require<Value: Comparable & LosslessStringConvertible>(
    _ value: Value, in range: ClosedRange<Value>, _ key: String, unit: String
  ) throws(SynthesisError) {
    guard range.contains(value) else {
      throw .setting(
        key: key, found: "\(value)",
        expected: "\(short(range.lowerBound)) to \(short(range.upperBound)) \(unit)")
    }
  }

  static func requireProbability(_ value: Float, _ key: String) throws(SynthesisError) {
    guard value >= 0, value <= 1 else {
      throw .setting(key: key, found: "\(value)", expected: "a probability, 0 to 1")
    }
  }

  /// Whole numbers without ".0".
  private static func short(_ value: some LosslessStringConvertible) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
