import Foundation
import PaintByExample

extension Given {
  /// A picture's file in base64, bare or as a `data:` address; its header has been checked.
  ///
  /// - Throws: ``Refusal``, also for more pixels than are taken, before any of them is decoded.
  func picture(_ limits: Limits) throws -> (file: Data, size: PictureSize) {
    guard let file = Data(base64Encoded: try base64()), !file.isEmpty else {
      throw Refusal.invalid(
        "\(name) is not base64 (RFC 4648, with padding and without line breaks)")
    }
    let header = try ImageFile.header(file, name: name)
    guard [.png, .jpeg, .webP].contains(header.format) else {
      throw Refusal.invalid(
        "\(name) is a \(header.format) picture, expected PNG, JPEG or WebP; save it as one of these"
      )
    }
    guard header.width * header.height <= limits.pixels else {
      throw Refusal(
        .contentTooLarge,
        "\(name) has \(header.width)×\(header.height) pixels, at most \(limits.pixels) are taken; "
          + "scale it down first")
    }
    return (file, PictureSize(width: header.width, height: header.height))
  }

  private func base64() throws(Refusal) -> String {
    let text = try text()
    guard text.hasPrefix("data:") else { return text }
    let end = ";base64,"
    guard let comma = text.utf8.prefix(64).firstIndex(of: UInt8(ascii: ",")),
      text[...comma].hasSuffix(end), text.hasPrefix("data:image/")
    else {
      throw .invalid("\(name) is a data: address, expected data:image/…;base64,…")
    }
    return String(text[text.index(after: comma)...])
  }
}
