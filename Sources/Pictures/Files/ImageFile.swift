import Foundation
import Support

/// Reads JPEG, PNG, WebP and TIFF files, told apart by their content, whatever their names promise.
///
/// JPEG: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK (as Pillow, taken as inverted,
/// the way Adobe stores them). PNG: every bit depth, colour type and interlacing; of 16 bits the
/// high byte. WebP: the first frame. TIFF: the first page, of every kind that libtiff makes 8-bit
/// RGB of. EXIF orientation is applied, so sizes and coordinates are those of the picture as
/// displayed. Colours are converted to sRGB from what the file says of them: an ICC profile, and in a
/// PNG cICP, gAMA and cHRM. A mask's are not: its samples are numbers.
///
/// Everything throws `ImageError`. Faults that a JPEG's decoder gets over, as Pillow, OpenCV and
/// libjpeg do, are warnings. A file that is cut short is an error, as for Pillow, unless the caller
/// asks for what is left of a JPEG.
public enum ImageFile {
  /// More pixels are refused before memory is allocated: what the environment variable
  /// ``limitVariable`` says, else Pillow's limit, about 13,377².
  public static let maximumPixels = (try? pixelLimit.get()) ?? 178_956_970

  /// The environment variable that sets ``maximumPixels``, in every program.
  public static let limitVariable = "PBE_MAX_PIXELS"

  static let pixelLimit = limit(ProcessInfo.processInfo.environment[limitVariable])

  /// The limit that the variable's value stands for.
  package static func limit(_ text: String?) -> Result<Int, ImageError> {
    guard let text else { return .success(178_956_970) }
    guard let limit = Int(text), limit > 0 else { return .failure(.badLimit(found: text)) }
    return .success(limit)
  }

  /// How files become what is to be seen; part of the key under which results of pictures are kept.
  package static let reading = "colours in sRGB, transparency over a neutral ground"

  /// Reads a picture's colours, opacity and profile.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - evenIfCutShort: whether to read a JPEG whose data end early, with a warning; for callers who
  ///     show the warning to somebody.
  public static func read(_ path: String, evenIfCutShort: Bool = false) throws -> DecodedImage {
    try DecodedImage(load(path), name: path, evenIfCutShort ? .all : .asPillow)
  }

  /// Reads a picture from memory; errors call it `name`.
  public static func read(
    _ data: Data, name: String, evenIfCutShort: Bool = false
  ) throws -> DecodedImage {
    try DecodedImage([UInt8](data), name: name, evenIfCutShort ? .all : .asPillow)
  }

  /// Reads a mask: the grey levels (of colours, the luma as in Pillow's `convert("L")`) or the
  /// alpha channel, whichever lies on both sides of 128. Where both do, a black and white picture
  /// is taken as black where it is transparent, and of any other picture the alpha channel counts:
  /// what is opaque, or what was erased where the picture's edge is opaque.
  public static func readMask(_ path: String) throws -> DecodedMask {
    try mask(load(path), name: path)
  }

  /// Reads a mask from memory, as `readMask(path)`; errors call it `name`.
  public static func readMask(_ data: Data, name: String) throws -> DecodedMask {
    try mask([UInt8](data), name: name)
  }

  /// The pixels of ``readMask(_:)``.
  public static func readGray(_ path: String) throws -> GrayImage {
    try readMask(path).pixels
  }

  /// The pixels of ``readMask(_:name:)``.
  public static func readGray(_ data: Data, name: String) throws -> GrayImage {
    try readMask(data, name: name).pixels
  }

  /// Reads format, size and orientation only; usually the file's first 32 KB.
  public static func header(_ path: String) throws -> ImageHeader {
    let limit = 32 << 10
    let start = try load(path, limit: limit)
    if start.count == limit, let header = try? EncodedPicture(start, name: path).header {
      return header
    }
    return try EncodedPicture(start.count < limit ? start : load(path), name: path).header
  }

  /// Reads format, size and orientation of a picture in memory; errors call it `name`.
  public static func header(_ data: Data, name: String) throws -> ImageHeader {
    try EncodedPicture([UInt8](data), name: name).header
  }

  /// The text chunks of a PNG (uncompressed ones, in their order); none for other files.
  public static func text(_ path: String) throws -> [(key: String, value: String)] {
    let bytes = try load(path)
    guard try EncodedPicture(bytes, name: path).header.format == .png else { return [] }
    var found: [(key: String, value: String)] = []
    var position = PNGChunk.signature.count
    while let chunk = PNGChunk(bytes, at: position), chunk.next <= bytes.count {
      if let text = PNGChunk.parseText(chunk.type, Array(bytes[chunk.content])) {
        found.append(text)
      }
      position = chunk.next
    }
    return found
  }

  private static func mask(_ bytes: [UInt8], name: String) throws -> DecodedMask {
    // Rows that a decoder makes up would be part of the mask or not by accident.
    let pixels = try EncodedPicture(bytes, name: name).pixels(.none)
    var mask = DecodedMask(gray: pixels.gray, alpha: pixels.alpha)
    mask.warnings = pixels.warnings
    if mask.basis == .gray, mask.pixels.pixels.allSatisfy({ $0 < 128 }) {
      mask.strongColour = pixels.image.strongestColour
    }
    return mask
  }

  /// A file's bytes, at most the first `limit`.
  private static func load(_ path: String, limit: Int = .max) throws -> [UInt8] {
    let descriptor = FileSystem.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw ImageError.unreadable(.fromErrno(errno, path: path, operation: "read"))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ImageError.unreadable(.notRegular(path: path))
    }
    let count = min(Int(status.st_size), limit)
    guard count <= maximumFileSize else {
      throw ImageError.unreadable(
        .failed(path: path, operation: "read", reason: "\(count) bytes, too many for a picture"))
    }
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[initialized...])
        let received = FileSystem.retrying {
          Foundation.read(descriptor, rest.baseAddress, count - initialized)
        }
        guard received >= 0 else {
          throw ImageError.unreadable(.fromErrno(errno, path: path, operation: "read"))
        }
        if received == 0 { break }
        initialized += received
      }
    }
  }

  /// Above the largest picture under `maximumPixels`, 16-bit RGBA without compression.
  private static let maximumFileSize = max(2 << 30, 12 * min(maximumPixels, 1 << 40))
}
