import CImage
import Foundation
import Support

/// A picture as a file holds it: upright RGB in its profile, with the colours behind transparency.
/// Writing it gives the same samples again.
public struct StoredImage: Sendable, Equatable {
  /// In ``profile``; where ``alpha`` is 0, whatever the file has there.
  public var colors: Image
  /// Of the same size, 255 opaque; nil without transparency.
  public var alpha: GrayImage?
  /// For RGB and reversible; nil for sRGB.
  public var profile: ColorProfile?

  public init(colors: Image, alpha: GrayImage? = nil, profile: ColorProfile? = nil) {
    self.colors = colors
    self.alpha = alpha
    self.profile = profile
  }
}

extension StoredImage {
  /// The picture with new pixels where `mask` is 128 or more: opaque, and converted into the profile.
  /// All others keep their samples.
  ///
  /// - Parameters:
  ///   - picture: in sRGB, of this picture's size.
  ///   - mask: of the same size.
  /// - Throws: `ImageError.cannotEncode` when the profile refuses.
  public func replacing(_ picture: Image, where mask: GrayImage) throws -> StoredImage {
    guard let area = mask.whiteBounds else { return self }
    let hole = mask.cropped(to: area)
    let new = picture.cropped(to: area)
    let native = try profile?.colors(ofSRGB: new) ?? new
    var result = self
    result.colors.draw(
      colors.cropped(to: area).replacing(native, where: hole), x: area.x, y: area.y)
    for i in mask.pixels.indices where mask.pixels[i] >= 128 { result.alpha?.pixels[i] = 255 }
    return result
  }

  /// The picture as an 8-bit RGB or RGBA PNG with its profile; the same bytes for the same picture and
  /// text.
  ///
  /// - Parameter text: key-value pairs to embed; keys of 1 to 79 Latin-1 characters.
  /// - Throws: `ImageError.cannotEncode`.
  public func pngData(text: [(key: String, value: String)] = []) throws -> Data {
    let chunks = try profile.map { [try profileChunk($0.icc)] } ?? []
    guard let alpha else { return try colors.pngData(chunks: chunks, text: text) }
    return try RGBA(colors, alpha).pngData(chunks: chunks, text: text)
  }

  /// Writes a PNG atomically; throws `ImageError` or `FileError`.
  public func writePNG(to path: String, text: [(key: String, value: String)] = []) throws {
    try AtomicFile.write(pngData(text: text), to: path)
  }

  private func profileChunk(_ icc: [UInt8]) throws -> Data {
    var packed = CImageBytes()
    defer { cimage_free(&packed) }
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
    guard cimage_deflate(icc, icc.count, &packed, &message) == 1 else {
      throw ImageError.cannotEncode(
        format: .png, width: colors.width, height: colors.height, reason: String(message: message))
    }
    return PNGChunk.encoded("iCCP", Array("ICC profile".utf8) + [0, 0] + packed.array)
  }
}

/// Colours and opacity interleaved, for the encoder.
private struct RGBA: Raster {
  let width: Int
  let height: Int
  var pixels: [UInt8]

  var channels: Int { 4 }

  init(_ colors: Image, _ alpha: GrayImage) {
    precondition(colors.width == alpha.width && colors.height == alpha.height)
    let count = alpha.pixels.count
    let pixels = [UInt8](unsafeUninitializedCapacity: 4 * count) { buffer, initialized in
      for i in 0..<count {
        for channel in 0..<3 { buffer[4 * i + channel] = colors.pixels[3 * i + channel] }
        buffer[4 * i + 3] = alpha.pixels[i]
      }
      initialized = 4 * count
    }
    self.init(width: colors.width, height: colors.height, pixels: pixels)
  }

  private init(width: Int, height: Int, pixels: [UInt8]) {
    (self.width, self.height, self.pixels) = (width, height, pixels)
  }

  func replacing(width: Int, height: Int, pixels: [UInt8]) -> RGBA {
    RGBA(width: width, height: height, pixels: pixels)
  }
}
