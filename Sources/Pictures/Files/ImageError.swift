import Support

/// Why a picture could not be read or written. `name` is its path, or what the caller called it.
public enum ImageError: Error, Equatable, CustomStringConvertible {
  case unreadable(FileError)
  case empty(name: String)
  /// No ``ImageFormat``; `found` says what its first bytes look like, `advice` what to do.
  case unknownFormat(name: String, found: String, advice: String)
  /// The setting that limits pixels makes no sense.
  case badLimit(found: String)
  case tooLarge(name: String, width: Int, height: Int)
  /// Bytes that decoding takes, and those that are free.
  case noMemory(name: String, width: Int, height: Int, needed: Int, available: Int)
  case damaged(name: String, format: ImageFormat, reason: String)
  case unsupported(name: String, format: ImageFormat, reason: String)
  case cannotEncode(format: ImageFormat, width: Int, height: Int, reason: String)

  public var description: String {
    switch self {
    case .unreadable(let error):
      error.description
    case .empty(let name):
      "\(name): empty file (0 bytes), expected a \(ImageFormat.list) picture; copy or download it again"
    case .unknownFormat(let name, let found, let advice):
      "\(name): looks like \(found), expected a \(ImageFormat.list) picture; \(advice)"
    case .badLimit(let found):
      "the environment variable \(ImageFile.limitVariable) is \"\(found)\", "
        + "expected a number of pixels"
    case .tooLarge(let name, let width, let height):
      "\(name): \(width)×\(height) pixels, at most \(ImageFile.maximumPixels) in all are read; "
        + "scale it down first, or raise the environment variable \(ImageFile.limitVariable)"
    case .noMemory(let name, let width, let height, let needed, let available):
      "\(name): \(width)×\(height) pixels take \(Quantity.bytes(needed)) of memory to decode, and "
        + "\(Quantity.bytes(available)) are free; scale it down, or close other programs"
    case .damaged(let name, let format, let reason):
      "\(name): damaged or truncated \(format) (\(reason)); copy, download or export it again"
    case .unsupported(let name, let format, let reason):
      "\(name): this kind of \(format) is not supported (\(reason)); save it as 8-bit RGB"
    case .cannotEncode(let format, let width, let height, let reason):
      "cannot make a \(format) of \(width)×\(height) pixels: \(reason)"
    }
  }

  /// The failure to read that is no fault of the file, if that is what it is.
  package var passing: FileError? {
    switch self {
    case .unreadable(let error):
      if case .passing = error { error } else { nil }
    case .noMemory(let name, _, _, _, _):
      .passing(path: name, operation: "decode", reason: "no memory for it")
    default: nil
    }
  }

  /// A few words without the name, by which skipped pictures are counted.
  public var category: String {
    switch self {
    case .unreadable(.missing): "missing"
    case .unreadable: "unreadable"
    case .empty: "empty file"
    case .unknownFormat: "other format"
    case .badLimit: "limit of pixels"
    case .tooLarge, .noMemory: "too many pixels"
    case .damaged: "damaged or truncated"
    case .unsupported, .cannotEncode: "unsupported"
    }
  }
}
