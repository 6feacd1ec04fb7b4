import Foundation
import Pictures

/// Pictures and what Pillow, OpenCV and scikit-image make of them; see images.py and formats.py in
/// Tests/Golden.
enum ImageFixtures {
  private static let golden = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden").path

  /// All picture files.
  static let pictures: [String] = ["images", "formats"].flatMap { folder in
    let names = try? FileManager.default.contentsOfDirectory(atPath: "\(golden)/\(folder)")
    return (names ?? []).filter { format(of: $0) != nil }.sorted()
  }

  /// The format that a fixture's name says.
  static func format(of name: String) -> ImageFormat? {
    let endings: [(String, ImageFormat)] = [
      (".png", .png), (".jpg", .jpeg), (".webp", .webP), (".tif", .tiff),
    ]
    return endings.first { name.hasSuffix($0.0) }?.1
  }

  static func path(_ name: String) -> String {
    let path = "\(golden)/images/\(name)"
    return FileManager.default.fileExists(atPath: path) ? path : "\(golden)/formats/\(name)"
  }

  static func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  static func floats(_ name: String) throws -> [Float] {
    try bytes(name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  /// The picture from which the resized ones were made.
  static func source() throws -> Image {
    Image(width: 31, height: 23, pixels: try bytes("resize-31x23.rgb"))
  }
}

/// The largest difference between samples; .max if their number differs.
func largestDifference(_ a: [UInt8], _ b: [UInt8]) -> Int {
  a.count == b.count ? zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0 : .max
}

/// The largest difference between samples; infinite if their number differs.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
