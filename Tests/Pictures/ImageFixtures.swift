import Foundation
import Pictures

/// Pictures and what Pillow, OpenCV and scikit-image make of them; see Tests/Golden/images.py.
enum ImageFixtures {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden/images").path

  /// All PNG and JPEG files.
  static let pictures: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".png") || $0.hasSuffix(".jpg") }.sorted()
  }()

  static func path(_ name: String) -> String { "\(folder)/\(name)" }

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
