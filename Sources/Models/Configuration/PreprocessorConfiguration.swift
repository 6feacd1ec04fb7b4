import Foundation
import Support

/// How a reference becomes what the image encoder sees: resized, cut around its centre, normalised.
/// Defaults: CLIP's.
///
/// - Source: `CLIPImageProcessorPil` of transformers; `feature_extractor/preprocessor_config.json`.
public struct PreprocessorConfiguration: Sendable, Equatable {
  public struct Size: Sendable, Equatable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }

  public enum Resize: Sendable, Equatable {
    /// The shorter side becomes so long, the other in proportion.
    case shortestEdge(Int)
    case exactly(Size)
  }

  /// Numbered as in Pillow.
  public enum Resampling: Int, CaseIterable, Sendable {
    case nearest = 0
    case bilinear = 2
    case bicubic = 3
  }

  /// nil: not resized.
  public var resize: Resize?
  public var resampling = Resampling.bicubic
  /// Cut around the centre, black where the picture is smaller; nil: not cut.
  public var crop: Size?
  /// Factor of the 8-bit values.
  public var rescaleFactor = 1.0 / 255
  /// For red, green and blue, after the factor.
  public var mean = [0.48145466, 0.4578275, 0.40821073]
  public var deviation = [0.26862954, 0.26130258, 0.27577711]

  /// CLIP's, for pictures of `size` × `size`.
  public init(size: Int) {
    resize = .shortestEdge(size)
    crop = Size(height: size, width: size)
  }

  /// Height and width of what comes out; nil where that depends on the picture.
  var output: Size? {
    if let crop { return crop }
    guard case .exactly(let size)? = resize else { return nil }
    return size
  }
}

extension PreprocessorConfiguration {
  /// Reads `preprocessor_config.json`; keys that are absent have the defaults of transformers.
  ///
  /// - Parameters:
  ///   - file: the JSON file; messages name it.
  ///   - imageSize: height and width that the image encoder takes.
  /// - Throws: every value that is not supported, by name, and a result of another size.
  public init(
    contentsOf file: URL, imageSize: Int
  ) throws(ModelConfigurationError) {
    let members = try ConfigurationReader.members(of: file)
    var values = PreprocessorReader(members, file: file.relativePath)
    self.init(size: 224)
    resize = values.flag("do_resize") ? values.resize(default: .shortestEdge(224)) : nil
    resampling = values.resampling()
    crop = values.flag("do_center_crop") ? values.crop(default: Size(height: 224, width: 224)) : nil
    rescaleFactor = values.flag("do_rescale") ? values.factor(default: rescaleFactor) : 1
    let normalizes = values.flag("do_normalize")
    mean = normalizes ? values.channels("image_mean", default: mean) : [0, 0, 0]
    deviation = normalizes ? values.channels("image_std", default: deviation) : [1, 1, 1]
    values.reader.fixed("do_pad", .bool(false))
    if values.reader.problems.isEmpty, output != Size(height: imageSize, width: imageSize) {
      let found = output.map { "\($0.width)×\($0.height) pixels" } ?? "pictures of any shape"
      values.reader.fail("It makes \(found); the image encoder takes \(imageSize)×\(imageSize).")
    }
    try values.reader.finish()
  }

  /// What `preprocessor_config.json` holds.
  public var json: [String: JSONValue] {
    var members: [String: JSONValue] = [
      "do_center_crop": .bool(crop != nil),
      "do_convert_rgb": .bool(true),
      "do_normalize": .bool(true),
      "do_rescale": .bool(true),
      "do_resize": .bool(resize != nil),
      "image_mean": .array(mean.map { .number($0) }),
      "image_processor_type": .string("CLIPImageProcessor"),
      "image_std": .array(deviation.map { .number($0) }),
      "resample": .integer(resampling.rawValue),
      "rescale_factor": .number(rescaleFactor),
    ]
    if let crop { members["crop_size"] = crop.json }
    switch resize {
    case .shortestEdge(let side)?: members["size"] = .object(["shortest_edge": .integer(side)])
    case .exactly(let size)?: members["size"] = size.json
    case nil: break
    }
    return members
  }
}

extension PreprocessorConfiguration.Size {
  fileprivate var json: JSONValue {
    .object(["height": .integer(height), "width": .integer(width)])
  }
}

/// The values that only a preprocessor's file has.
private struct PreprocessorReader {
  typealias Size = PreprocessorConfiguration.Size

  var reader: ConfigurationReader
  private let members: [String: JSONValue]
  private static let largestSide = 4096

  init(_ members: [String: JSONValue], file: String) {
    self.members = members
    reader = ConfigurationReader(members, file: file)
  }

  private func member(_ key: String) -> JSONValue? { members[key] == .null ? nil : members[key] }

  /// All flags are on where they are absent.
  mutating func flag(_ key: String) -> Bool {
    switch member(key) {
    case nil: return true
    case .bool(let value)?: return value
    case let value?:
      reader.fail("`\(key)` is \(value.text), expected true or false.")
      return true
    }
  }

  mutating func resampling() -> PreprocessorConfiguration.Resampling {
    guard let value = member("resample") else { return .bicubic }
    if case .integer(let number) = value,
      let known = PreprocessorConfiguration.Resampling(rawValue: number)
    {
      return known
    }
    reader.fail("`resample` is \(value.text), supported: 0 (nearest), 2 (bilinear), 3 (bicubic).")
    return .bicubic
  }

  /// A number, as older files have it, or an object.
  mutating func resize(
    default fallback: PreprocessorConfiguration.Resize
  ) -> PreprocessorConfiguration.Resize {
    guard let value = member("size") else { return fallback }
    if let side = Self.side(value) { return .shortestEdge(side) }
    if case .object(let sides) = value {
      if sides.count == 1, let side = Self.side(sides["shortest_edge"]) {
        return .shortestEdge(side)
      }
      if let size = Self.size(sides) { return .exactly(size) }
    }
    reader.fail(
      "`size` is \(value.oneLine), supported: a number, {shortest_edge} or {height, width}.")
    return fallback
  }

  mutating func crop(default fallback: Size) -> Size {
    guard let value = member("crop_size") else { return fallback }
    if let side = Self.side(value) { return Size(height: side, width: side) }
    if case .object(let sides) = value, let size = Self.size(sides) { return size }
    reader.fail("`crop_size` is \(value.oneLine), supported: a number or {height, width}.")
    return fallback
  }

  mutating func factor(default fallback: Double) -> Double {
    reader.number("rescale_factor", default: fallback)
  }

  /// Three numbers; a deviation cannot be 0.
  mutating func channels(_ key: String, default fallback: [Double]) -> [Double] {
    guard let value = member(key) else { return fallback }
    if case .array(let values) = value {
      let numbers = values.compactMap(\.finiteNumber)
      let isUsable = key == "image_mean" || numbers.allSatisfy { $0 > 0 }
      if values.count == 3, numbers.count == 3, isUsable { return numbers }
    }
    let kind = key == "image_mean" ? "three numbers" : "three positive numbers"
    reader.fail("`\(key)` is \(value.oneLine), expected \(kind).")
    return fallback
  }

  private static func side(_ value: JSONValue?) -> Int? {
    guard case .integer(let side)? = value, (1...largestSide).contains(side) else { return nil }
    return side
  }

  private static func size(_ sides: [String: JSONValue]) -> Size? {
    guard sides.count == 2, let height = side(sides["height"]), let width = side(sides["width"])
    else { return nil }
    return Size(height: height, width: width)
  }
}

extension JSONValue {
  fileprivate var finiteNumber: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value) where value.isFinite: value
    default: nil
    }
  }

  fileprivate var oneLine: String {
    text.split { $0.isNewline }.joined().replacingOccurrences(of: " ", with: "")
  }
}
