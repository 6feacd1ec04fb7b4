/// The formats that are read, told by content.
public enum ImageFormat: String, CaseIterable, Sendable, Codable, CustomStringConvertible {
  case jpeg = "JPEG"
  case png = "PNG"
  case webP = "WebP"
  case tiff = "TIFF"

  public var description: String { rawValue }

  /// The usual endings of names, without the dot; the first is the one to choose.
  package var fileExtensions: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg"]
    case .png: ["png"]
    case .webP: ["webp"]
    case .tiff: ["tif", "tiff"]
    }
  }

  /// "a, b or c"; for messages.
  static let list = allCases.dropLast().map(\.rawValue).joined(separator: ", ") + " or TIFF"

  /// Whether a file's name promises a picture.
  package static func isPicture(named name: String) -> Bool { Self(promisedBy: name) != nil }

  /// The format that files of a name have; nil where it promises none of these.
  init?(promisedBy name: String) {
    let lowered = name.lowercased()
    let format = Self.allCases.first { format in
      format.fileExtensions.contains { lowered.hasSuffix("." + $0) }
    }
    guard let format else { return nil }
    self = format
  }

  /// The format of a file that begins with these bytes.
  init?(contentOf bytes: [UInt8]) {
    func has(_ text: String, at position: Int = 0) -> Bool { bytes.has(text, at: position) }
    if bytes.starts(with: [0xFF, 0xD8]) {
      self = .jpeg
    } else if bytes.starts(with: PNGChunk.signature) {
      self = .png
    } else if has("RIFF") && has("WEBP", at: 8) {
      self = .webP
    } else if !has("CR", at: 8), ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains(where: { has($0) }) {
      self = .tiff  // "CR" is Canon's raw file
    } else {
      return nil
    }
  }
}

extension [UInt8] {
  /// Whether some ASCII stands at a place.
  func has(_ text: String, at position: Int = 0) -> Bool {
    dropFirst(position).starts(with: text.utf8)
  }
}
