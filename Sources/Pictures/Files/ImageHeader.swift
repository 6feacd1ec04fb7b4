/// The formats that are read, told by content. A name that says otherwise is an error.
public enum ImageFormat: String, CaseIterable, Sendable, Codable, CustomStringConvertible {
  case jpeg = "JPEG"
  case png = "PNG"

  public var description: String { rawValue }

  var fileExtensions: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg"]
    case .png: ["png"]
    }
  }

  /// The format that files of a name have; nil where it promises none of these.
  init?(promisedBy name: String) {
    let lowered = name.lowercased()
    let format = Self.allCases.first { format in
      format.fileExtensions.contains { lowered.hasSuffix("." + $0) }
    }
    guard let format else { return nil }
    self = format
  }
}

/// What a picture's header tells without decoding it.
public struct ImageHeader: Sendable, Equatable {
  public let format: ImageFormat
  /// Size as displayed: after the EXIF orientation.
  public let width: Int
  public let height: Int
  /// EXIF orientation, 1…8; 1 is upright.
  public let orientation: Int

  /// Size of the stored pixels, before the EXIF orientation.
  package var stored: (width: Int, height: Int) {
    orientation >= 5 ? (height, width) : (width, height)
  }

  package init(_ format: ImageFormat, storedWidth: Int, storedHeight: Int, orientation: Int) {
    self.format = format
    self.orientation = orientation
    (width, height) =
      orientation >= 5 ? (storedHeight, storedWidth) : (storedWidth, storedHeight)
  }

  /// Parses the first bytes of a file.
  ///
  /// - Throws: `ImageError`; `HeaderCutShort` when more bytes are needed.
  init(_ bytes: [UInt8], name: String) throws {
    guard !bytes.isEmpty else { throw ImageError.empty(name: name) }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = try jpegHeader(bytes, name: name)
    } else if bytes.starts(with: PNGChunk.signature) {
      self = try pngHeader(bytes, name: name)
    } else {
      throw ImageError.unknownFormat(name: name, found: likelyFormat(bytes))
    }
    if let promised = ImageFormat(promisedBy: name), promised != format {
      throw ImageError.mislabelled(name: name, found: format)
    }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    if overflow || pixels > ImageFile.maximumPixels {
      throw ImageError.tooLarge(name: name, width: width, height: height)
    }
  }
}

/// The bytes end before the header does.
struct HeaderCutShort: Error {}

/// Walks a JPEG's segments up to the first scan.
private func jpegHeader(_ bytes: [UInt8], name: String) throws -> ImageHeader {
  func damaged(_ reason: String) -> ImageError {
    .damaged(name: name, format: .jpeg, reason: reason)
  }
  var size: (width: Int, height: Int)?
  var orientation: Int?
  var position = 2
  while true {
    guard try bytes.bigEndian(at: position, count: 1) == 0xFF else {
      throw damaged("no marker at byte \(position)")
    }
    let marker = try bytes.bigEndian(at: position + 1, count: 1)
    if marker == 0xFF {  // fill byte
      position += 1
      continue
    }
    if marker == 0xDA { break }
    if marker == 0xD9 { throw damaged("it ends before any pixels") }
    let length = try bytes.bigEndian(at: position + 2, count: 2)
    guard length >= 2 else { throw damaged("segment of length \(length) at byte \(position)") }
    let content = position + 4
    if marker >= 0xC0 && marker <= 0xCF && ![0xC4, 0xC8, 0xCC].contains(marker) {
      let height = try bytes.bigEndian(at: content + 1, count: 2)
      let width = try bytes.bigEndian(at: content + 3, count: 2)
      guard width > 0 && height > 0 else { throw damaged("size \(width)×\(height)") }
      size = (width, height)
    } else if marker == 0xE1 && orientation == nil {
      guard position + 2 + length <= bytes.count else { throw HeaderCutShort() }
      let segment = bytes[content..<position + 2 + length]
      if segment.starts(with: Array("Exif\0\0".utf8)) {
        orientation = exifOrientation(Array(segment.dropFirst(6)))
      }
    }
    position += 2 + length
  }
  guard let size else { throw damaged("no frame header before the first scan") }
  return ImageHeader(
    .jpeg, storedWidth: size.width, storedHeight: size.height, orientation: orientation ?? 1)
}

/// Walks a PNG's chunks up to the first pixels.
private func pngHeader(_ bytes: [UInt8], name: String) throws -> ImageHeader {
  let width = try bytes.bigEndian(at: 16, count: 4)
  let height = try bytes.bigEndian(at: 20, count: 4)
  guard try PNGChunk(bytes, at: 8).type == "IHDR", width > 0, height > 0 else {
    throw ImageError.damaged(name: name, format: .png, reason: "no valid IHDR chunk")
  }
  var orientation = 1
  var position = 8
  while true {
    let chunk = try PNGChunk(bytes, at: position)
    if chunk.type == "IDAT" || chunk.type == "IEND" { break }
    if chunk.type == "eXIf" {
      guard chunk.content.upperBound <= bytes.count else { throw HeaderCutShort() }
      orientation = exifOrientation(Array(bytes[chunk.content]))
    }
    position = chunk.next
  }
  return ImageHeader(.png, storedWidth: width, storedHeight: height, orientation: orientation)
}

/// The orientation in EXIF data (a TIFF header and its first directory); 1 when it has none or
/// makes no sense.
private func exifOrientation(_ tiff: [UInt8]) -> Int {
  let bigEndian = tiff.starts(with: Array("MM".utf8))
  guard bigEndian || tiff.starts(with: Array("II".utf8)) else { return 1 }
  func number(_ position: Int, _ count: Int) throws -> Int {
    try bigEndian
      ? tiff.bigEndian(at: position, count: count) : tiff.littleEndian(at: position, count: count)
  }
  do {
    let directory = try number(4, 4)
    for index in 0..<(try number(directory, 2)) {
      let entry = directory + 2 + index * 12
      guard try number(entry, 2) == 0x0112 else { continue }
      let isShort = try number(entry + 2, 2) == 3
      let value = try number(entry + 8, isShort ? 2 : 4)
      return (1...8).contains(value) ? value : 1
    }
  } catch {}
  return 1
}

/// What the first bytes of a file that is no picture of ours look like, for the error message.
private func likelyFormat(_ bytes: [UInt8]) -> String {
  func has(_ text: String, at position: Int = 0) -> Bool {
    bytes.dropFirst(position).starts(with: Array(text.utf8))
  }
  if has("GIF8") { return "a GIF" }
  if has("RIFF") && has("WEBP", at: 8) { return "a WebP picture" }
  if has("ftyp", at: 4) { return "a HEIC, AVIF or video file" }
  if has("II*\0") || has("MM\0*") { return "a TIFF" }
  if has("BM") { return "a BMP" }
  if has("%PDF") { return "a PDF" }
  if has("PK\u{3}\u{4}") { return "a ZIP archive" }
  if bytes.starts(with: [0x1F, 0x8B]) { return "gzip data" }
  if has("version https://git-lfs") { return "a Git LFS pointer (run git lfs pull)" }
  if has("<") { return "an HTML or XML page (a failed download?)" }
  if bytes.allSatisfy({ $0 == 0 }) { return "only zero bytes" }
  let start = bytes.prefix(8)
  if start.allSatisfy({ (0x20...0x7E).contains($0) }) {
    return "text beginning with \"\(String(decoding: start, as: UTF8.self))\""
  }
  let digits = start.map { byte in
    (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }
  return "unknown data beginning with \(digits.joined(separator: " "))"
}

extension [UInt8] {
  /// - Throws: `HeaderCutShort` beyond the end.
  func bigEndian(at position: Int, count: Int) throws -> Int {
    guard position >= 0 && position + count <= self.count else { throw HeaderCutShort() }
    return self[position..<position + count].reduce(0) { $0 << 8 | Int($1) }
  }

  /// - Throws: `HeaderCutShort` beyond the end.
  func littleEndian(at position: Int, count: Int) throws -> Int {
    guard position >= 0 && position + count <= self.count else { throw HeaderCutShort() }
    return self[position..<position + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
