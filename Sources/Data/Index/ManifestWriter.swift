import Foundation
import Tensors

/// Writes records as the lines of a manifest, with paths relative to the file.
package struct ManifestWriter: ~Copyable {
  private let folder: String
  /// The way from the manifest to the folders seen so far.
  private var ways: [String: String] = [:]
  private var buffer: [UInt8] = []

  /// - Parameter path: Where the manifest will be.
  package init(path: String) {
    folder = canonicalFolder(of: path)
  }

  /// Adds a line; passes it on to the file when enough has come together.
  package mutating func append(
    _ record: DatasetRecord, to file: borrowing FileAppender
  ) throws {
    buffer += line(record).utf8
    if buffer.count > 1 << 20 { try flush(to: file) }
  }

  package mutating func flush(to file: borrowing FileAppender) throws {
    try buffer.withUnsafeBytes { try file.append($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  package mutating func line(_ record: DatasetRecord) -> String {
    var members = ["\"image\": " + quoted(relative(record.image))]
    if let width = record.width, let height = record.height {
      members += ["\"width\": \(width)", "\"height\": \(height)"]
    }
    if !record.boxes.isEmpty {
      members.append("\"boxes\": [\(record.boxes.map(\.list).joined(separator: ", "))]")
    }
    if record.labels.count > 1 || record.labels.count == 1 && record.boxes.count == 1 {
      members.append("\"labels\": [\(record.labels.map(quoted).joined(separator: ", "))]")
    } else if let label = record.labels.first {
      members.append("\"label\": \(quoted(label))")
    }
    if let mask = record.mask {
      members.append("\"mask\": " + quoted(relative(mask)))
    }
    if let reference = record.reference {
      members.append("\"reference\": " + quoted(relative(reference)))
    }
    return "{" + members.joined(separator: ", ") + "}\n"
  }

  private mutating func relative(_ path: String) -> String {
    let name = path.lastName
    let parent = path.parentFolder
    let way = ways[parent] ?? relativeWay(to: canonicalFolder(of: path), from: folder)
    ways[parent] = way
    return way + name
  }
}

/// The text as a JSON string.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{0}"..<"\u{20}": result += String(format: "\\u%04x", scalar.value)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
