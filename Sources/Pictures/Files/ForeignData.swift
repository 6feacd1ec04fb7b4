/// What a file that is no picture of ours looks like by its first bytes, for the error message.
struct ForeignData {
  let found: String
  /// What to do about it.
  let advice: String

  init(_ bytes: [UInt8]) {
    if let picture = Self.picture(bytes) {
      found = picture
      advice = "convert it first, such as with ImageMagick: magick FILE FILE.png"
    } else if let (found, advice) = Self.other(bytes) {
      (self.found, self.advice) = (found, advice)
    } else {
      (found, advice) = (Self.beginning(bytes), "check the path, or convert it first")
    }
  }

  /// Formats of pictures that are not read.
  private static func picture(_ bytes: [UInt8]) -> String? {
    func has(_ text: String, at position: Int = 0) -> Bool { bytes.has(text, at: position) }
    if has("ftyp", at: 4) {
      if has("avi", at: 8) { return "an AVIF picture" }
      if has("crx", at: 8) { return "a camera raw file" }
      let isStill = ["hei", "hev", "mif1", "msf1"].contains { has($0, at: 8) }
      return isStill ? "a HEIC picture" : "a video"
    }
    if has("GIF8") { return "a GIF" }
    if has("BM") { return "a BMP" }
    if has("8BPS") { return "a Photoshop file" }
    if has("JXL ", at: 4) || bytes.starts(with: [0xFF, 0x0A]) { return "a JPEG XL picture" }
    if has("jP  ", at: 4) || bytes.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) {
      return "a JPEG 2000 picture"
    }
    if bytes.starts(with: [0x76, 0x2F, 0x31, 0x01]) { return "an OpenEXR picture" }
    if bytes.starts(with: [0, 0, 1, 0]) { return "an icon" }
    if has("II*\0") || has("FUJIFILM") { return "a camera raw file" }
    let isPortable = bytes.count > 2 && has("P") && (0x31...0x37).contains(bytes[1])
    return isPortable && [0x0A, 0x0D, 0x20].contains(bytes[2]) ? "a PPM, PGM or PBM" : nil
  }

  private static func other(_ bytes: [UInt8]) -> (found: String, advice: String)? {
    if bytes.has("%PDF") { return ("a PDF", "export the page as PNG") }
    if bytes.has("PK\u{3}\u{4}") { return ("a ZIP archive", "unpack it first") }
    if bytes.starts(with: [0x1F, 0x8B]) { return ("gzip data", "unpack it first") }
    if bytes.has("version https://git-lfs") { return ("a Git LFS pointer", "run git lfs pull") }
    if bytes.has("<") {
      return ("an HTML or XML page (a failed download?)", "download it again, or convert it first")
    }
    return bytes.allSatisfy { $0 == 0 }
      ? ("only zero bytes", "copy or download it again") : nil
  }

  private static func beginning(_ bytes: [UInt8]) -> String {
    let start = bytes.prefix(8)
    if start.allSatisfy({ (0x20...0x7E).contains($0) }) {
      return "text beginning with \"\(String(decoding: start, as: UTF8.self))\""
    }
    let digits = start.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    return "unknown data beginning with \(digits.joined(separator: " "))"
  }
}
