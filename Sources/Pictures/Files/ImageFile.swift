import Foundation

/// A picture as read from a file.
public struct DecodedImage: Sendable, Equatable {
  public let format: ImageFormat
  /// The colours, after EXIF orientation; where there is transparency, the colours behind it.
  public let image: Image
  /// The opacity, if the file has an alpha channel or a transparent colour.
  public let alpha: GrayImage?
}

/// Reads JPEG and PNG files, told apart by their content. A PNG named .jpg, or the reverse, is refused:
/// it is not the file that somebody meant.
///
/// JPEG: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK (as Pillow, taken as inverted,
/// the way Adobe stores them). PNG: every bit depth, colour type and interlacing; of 16 bits the
/// high byte. EXIF orientation is applied, so sizes and coordinates are those of the picture as
/// displayed. Colour profiles and gamma are ignored, as in the official code.
///
/// Everything throws `ImageError`. A file that is cut short or whose pixels are damaged is an error,
/// never half a picture.
public enum ImageFile {
  /// More pixels are refused before memory is allocated: Pillow's limit, about 13,377².
  public static let maximumPixels = 178_956_970

  /// Reads a picture's colours and opacity.
  public static func read(_ path: String) throws -> DecodedImage {
    try decode(load(path), name: path)
  }

  /// Reads a picture from memory; errors call it `name`.
  public static func read(_ data: Data, name: String) throws -> DecodedImage {
    try decode([UInt8](data), name: name)
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
    do {
      return try ImageHeader(load(path, limit: 32 << 10), name: path)
    } catch is HeaderCutShort {
      return try completeHeader(load(path), name: path)
    }
  }

  /// The text chunks of a PNG (uncompressed ones, in their order); none for other files.
  public static func text(_ path: String) throws -> [(key: String, value: String)] {
    let bytes = try load(path)
    guard try completeHeader(bytes, name: path).format == .png else { return [] }
    var found: [(key: String, value: String)] = []
    var position = PNGChunk.signature.count
    while let chunk = try? PNGChunk(bytes, at: position), chunk.next <= bytes.count {
      if let text = PNGChunk.parseText(chunk.type, Array(bytes[chunk.content])) {
        found.append(text)
      }
      position = chunk.next
    }
    return found
  }

  private static func mask(_ bytes: [UInt8], name: String) throws -> DecodedMask {
    let pixels = try Pixels(bytes, name: name)
    var mask = DecodedMask(gray: pixels.gray, alpha: pixels.alpha)
    if mask.basis == .gray, mask.pixels.pixels.allSatisfy({ $0 < 128 }) {
      mask.strongColour = pixels.image.strongestColour
    }
    return mask
  }

  private static func decode(_ bytes: [UInt8], name: String) throws -> DecodedImage {
    let pixels = try Pixels(bytes, name: name)
    return DecodedImage(format: pixels.header.format, image: pixels.image, alpha: pixels.alpha)
  }

  /// The header of a whole file, for which ending early is damage.
  static func completeHeader(_ bytes: [UInt8], name: String) throws -> ImageHeader {
    do {
      return try ImageHeader(bytes, name: name)
    } catch is HeaderCutShort {
      let format: ImageFormat = bytes.starts(with: PNGChunk.signature) ? .png : .jpeg
      throw ImageError.damaged(name: name, format: format, reason: "it ends within the header")
    }
  }

  /// A file's bytes, at most the first `limit`.
  private static func load(_ path: String, limit: Int = .max) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
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
        let received = Foundation.read(descriptor, rest.baseAddress, count - initialized)
        if received < 0 && errno == EINTR { continue }
        guard received >= 0 else {
          throw ImageError.unreadable(.fromErrno(errno, path: path, operation: "read"))
        }
        if received == 0 { break }
        initialized += received
      }
    }
  }

  /// Above the largest picture under `maximumPixels`, 16-bit RGBA without compression.
  private static let maximumFileSize = 2 << 30
}
