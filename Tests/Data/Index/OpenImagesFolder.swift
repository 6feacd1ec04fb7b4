import Datasets
import Foundation
import Pictures

/// A folder with OpenImages' layout in a temporary place, removed when it goes out of scope.
final class OpenImagesFolder {
  let path: String

  static let header =
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,"
    + "IsDepiction,IsInside"

  init() throws {
    path = NSTemporaryDirectory() + "pbe-index-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    try write(Data(text.utf8), to: name)
  }

  func write(_ data: Data, to name: String) throws {
    let file = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
  }

  /// One row of the published table.
  static func row(
    _ id: String, _ x0: Double, _ x1: Double, _ y0: Double, _ y1: Double, label: String = "/m/01yrx"
  ) -> String {
    "\(id),xclick,\(label),1,\(x0),\(x1),\(y0),\(y1),0,0,0,0,0"
  }

  func table(_ rows: [String], split: String = "validation") throws {
    let name = split == "train" ? "oidv6-train" : split
    try write(
      ([Self.header] + rows).joined(separator: "\n") + "\n",
      to: "annotations/\(name)-annotations-bbox.csv")
  }

  /// A grey JPEG of that many stored pixels.
  func picture(
    _ id: String, in folder: String = "validation", width: Int = 100, height: Int = 50,
    orientation: UInt8 = 1
  ) throws {
    var jpeg = try Image(width: width, height: height, fill: (128, 128, 128)).jpegData()
    if orientation != 1 { jpeg.insert(contentsOf: Self.exif(orientation), at: 2) }
    try write(jpeg, to: "images/\(folder)/\(id).jpg")
  }

  /// An APP1 segment that holds nothing but an orientation.
  private static func exif(_ orientation: UInt8) -> [UInt8] {
    [0xFF, 0xE1, 0, 34] + Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1]
      + [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  }

  func indexer(_ split: DatasetSplit = .validation) -> DatasetIndexer {
    DatasetIndexer(dataset: path, split: split, output: "\(path)/index.jsonl")
  }

  /// The message of the error that `body` throws.
  static func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }
}
