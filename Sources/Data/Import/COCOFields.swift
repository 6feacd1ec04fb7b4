import Pictures
import Support

/// The members of an image, an annotation or a category that are made use of.
struct COCOFields {
  struct Problem: Error { let text: String }

  private var values: [String: StrictJSON] = [:]
  /// Where the segmentation stands in the file.
  private(set) var outline: Range<Int>?

  private static let keys: Set = [
    "id", "name", "file_name", "width", "height", "image_id", "category_id", "bbox", "iscrowd",
  ]

  /// - Parameter start: where the scanner's text begins in the file.
  init(_ scanner: inout JSONScanner, from start: Int) throws {
    var (values, outline): ([String: StrictJSON], Range<Int>?) = ([:], nil)
    try scanner.members { scanner, key in
      switch key {
      case "segmentation":
        let place = try scanner.place()
        outline = start + place.lowerBound..<start + place.upperBound
      case _ where Self.keys.contains(key): values[key] = try scanner.value(atMost: 16)
      default: try scanner.skip()
      }
    }
    (self.values, self.outline) = (values, outline)
  }

  func number(_ key: String, _ place: String) throws(Problem) -> Int {
    guard let number = values[key]?.wholeNumber else {
      throw Problem(text: "\(place).\(key) must be a whole number, found \(found(key))")
    }
    return number
  }

  func text(_ key: String, _ place: String) throws(Problem) -> String {
    guard case .string(let text)? = values[key] else {
      throw Problem(text: "\(place).\(key) must be a text, found \(found(key))")
    }
    return text
  }

  func size(_ place: String) throws(Problem) -> PictureSize? {
    guard values["width"] != nil || values["height"] != nil else { return nil }
    return PictureSize(width: try number("width", place), height: try number("height", place))
  }

  func isCrowd(_ place: String) throws(Problem) -> Bool {
    switch values["iscrowd"] {
    case nil, .null?, .number(0)?, .bool(false)?: false
    case .number(1)?, .bool(true)?: true
    default: throw Problem(text: "\(place).iscrowd must be 0 or 1, found \(found("iscrowd"))")
    }
  }

  /// From corner, width and height.
  func box(_ place: String) throws(Problem) -> Box? {
    guard let value = values["bbox"], value != .null else { return nil }
    guard case .array(let items) = value, items.count == 4 else {
      throw Problem(text: "\(place).bbox must be [x, y, width, height], found \(value.summary)")
    }
    var sides: [Float] = []
    for item in items {
      guard case .number(let number) = item else {
        throw Problem(text: "\(place).bbox must hold four numbers, but holds \(item.summary)")
      }
      sides.append(Float(number))
    }
    return Box(sides[0], sides[1], sides[0] + sides[2], sides[1] + sides[3])
  }

  private func found(_ key: String) -> String { values[key]?.summary ?? "nothing" }
}
