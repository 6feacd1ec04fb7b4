import CImage
import Foundation
import Support

extension Raster<UInt8> {
  /// The picture as an 8-bit grey or RGB PNG; the same bytes for the same pixels and text.
  ///
  /// - Parameter text: key-value pairs to embed; keys of 1 to 79 Latin-1 characters.
  /// - Throws: `ImageError.cannotEncode`.
  public func pngData(text: [(key: String, value: String)] = []) throws -> Data {
    try pngData(chunks: [], text: text)
  }

  /// The same with chunks of any kind before the texts.
  func pngData(chunks: [Data], text: [(key: String, value: String)]) throws -> Data {
    var data = try encode(self, as: .png) { cimage_png_encode($0, $1, $2, $3) }
    let all = chunks + text.map { PNGChunk.text($0.key, $0.value) }
    let afterHeader = 33  // signature and IHDR
    data.insert(contentsOf: all.reduce(into: Data()) { $0 += $1 }, at: afterHeader)
    return data
  }

  /// Writes a PNG atomically; throws `ImageError` or `FileError`.
  public func writePNG(to path: String, text: [(key: String, value: String)] = []) throws {
    try AtomicFile.write(pngData(text: text), to: path)
  }

  /// The picture as a grey or RGB JPEG of a quality from 1 to 100; chroma at half resolution, as
  /// usual.
  ///
  /// - Throws: `ImageError.cannotEncode` for more than 65,500 pixels a side.
  public func jpegData(quality: Int = 90) throws -> Data {
    precondition((1...100).contains(quality), "JPEG quality \(quality) is not within 1...100")
    return try encode(self, as: .jpeg) { cimage_jpeg_encode($0, $1, Int32(quality), $2, $3) }
  }

  /// Writes a JPEG atomically; throws `ImageError` or `FileError`.
  public func writeJPEG(to path: String, quality: Int = 90) throws {
    try AtomicFile.write(jpegData(quality: quality), to: path)
  }
}

private func encode(
  _ image: some Raster<UInt8>, as format: ImageFormat,
  _ body: (
    UnsafePointer<UInt8>?, CImageShape, UnsafeMutablePointer<CImageBytes>,
    UnsafeMutablePointer<CChar>
  ) -> Int32
) throws -> Data {
  let shape = CImageShape(
    width: Int32(image.width), height: Int32(image.height), channels: Int32(image.channels))
  var file = CImageBytes()
  defer { cimage_free(&file) }
  var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
  let succeeded = image.pixels.withUnsafeBufferPointer {
    body($0.baseAddress, shape, &file, &message) == 1
  }
  guard succeeded, let bytes = file.bytes else {
    throw ImageError.cannotEncode(
      format: format, width: image.width, height: image.height, reason: String(message: message))
  }
  return Data(bytes: bytes, count: file.count)
}
