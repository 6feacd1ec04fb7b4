import Datasets
import Foundation
import Pictures
import TestSupport

/// A folder in another program's layout, made for a test.
final class ImportDesk {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder("import") }

  var path: String { folder.path("in") }
  var manifest: String { folder.path("out.jsonl") }

  func write(_ text: String, _ name: String) throws {
    try make(name)
    try Data(text.utf8).write(to: folder.file("in/\(name)"))
  }

  func picture(_ name: String, _ width: Int = 100, _ height: Int = 50) throws {
    try make(name)
    let image = Image(width: width, height: height, fill: (90, 120, 30))
    try name.hasSuffix(".png")
      ? image.writePNG(to: "\(path)/\(name)") : image.writeJPEG(to: "\(path)/\(name)")
  }

  /// White in a rectangle.
  func mask(
    _ name: String, _ white: PixelRectangle?, _ width: Int = 100, _ height: Int = 50
  ) throws {
    try make(name)
    var mask = GrayImage(width: width, height: height, fill: 0)
    if let white {
      mask.draw(
        GrayImage(width: white.width, height: white.height, fill: 255), x: white.x, y: white.y)
    }
    try mask.writePNG(to: "\(path)/\(name)")
  }

  private func make(_ name: String) throws {
    try FileManager.default.createDirectory(
      at: folder.file("in/\(name)").deletingLastPathComponent(), withIntermediateDirectories: true)
  }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.path(name))
  }

  /// What is in the manifest, as training reads it.
  func imported(
    _ layout: ImportLayout, _ configure: (inout DatasetImporter) -> Void = { _ in }
  ) throws -> (report: ImportReport, records: [DatasetRecord]) {
    var importer = DatasetImporter(layout, folder: path, output: manifest)
    importer.filter = BoxFilter(minimumArea: 0, maximumArea: 1)
    configure(&importer)
    let report = try importer.run()
    return (report, Array(try Dataset.open(path: manifest, split: .train)))
  }

  /// What an import that fails says.
  func refusal(
    _ layout: ImportLayout, _ configure: (inout DatasetImporter) -> Void = { _ in }
  ) -> String {
    do {
      _ = try imported(layout, configure)
      return "not refused"
    } catch {
      return "\(error)"
    }
  }
}

extension DatasetRecord {
  /// The white bounds of an object's mask.
  func maskBounds(_ object: Int) throws -> PixelRectangle? {
    try objectMasks[object].map { try ImageFile.readMask($0).pixels.whiteBounds } ?? nil
  }

  /// The name of the picture's file.
  var name: String { String(image.split(separator: "/").last ?? "") }
}
