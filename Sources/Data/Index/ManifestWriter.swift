import Foundation
import Support

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
    appendLine(record)
    if buffer.count > 1 << 20 { try flush(to: file) }
  }

  package mutating func flush(to file: borrowing FileAppender) throws {
    try buffer.withUnsafeBytes { try file.append($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Straight into bytes: composing millions of lines of strings took most of an index's time.
  private mutating func appendLine(_ record: DatasetRecord) {
    buffer.append(text: "{\"image\": ")
    buffer.append(quoted: relative(record.image), escaping: .required)
    if let width = record.width, let height = record.height {
      buffer.append(text: ", \"width\": \(width), \"height\": \(height)")
    }
    if !record.boxes.isEmpty {
      buffer.append(text: ", \"boxes\": ")
      buffer.append(list: record.boxes) { $0.append(text: $1.list) }
    }
    if record.labels.count > 1 || record.labels.count == 1 && record.boxes.count == 1 {
      buffer.append(text: ", \"labels\": ")
      buffer.append(list: record.labels) { $0.append(quoted: $1, escaping: .required) }
    } else if let label = record.labels.first {
      buffer.append(text: ", \"label\": ")
      buffer.append(quoted: label, escaping: .required)
    }
    if !record.captions.isEmpty {
      buffer.append(text: ", \"captions\": ")
      buffer.append(list: record.captions) { bytes, texts in
        bytes.append(list: texts) { $0.append(quoted: $1, escaping: .required) }
      }
    }
    if let mask = record.mask {
      buffer.append(text: ", \"mask\": ")
      buffer.append(quoted: relative(mask), escaping: .required)
    }
    appendObjectMasks(record)
    appendReferences(record.references)
    buffer.append(text: "}\n")
  }

  private mutating func appendObjectMasks(_ record: DatasetRecord) {
    guard record.objectMasks.contains(where: { $0 != nil }) else { return }
    if record.objectMasks.count == 1 {
      buffer.append(text: ", \"object_mask\": ")
      append(path: record.objectMasks[0])
    } else {
      buffer.append(text: ", \"object_masks\": ")
      append(paths: record.objectMasks)
    }
  }

  private mutating func appendReferences(_ references: [ExemplarFiles]) {
    guard let first = references.first else { return }
    buffer.append(text: ", \"reference\": ")
    if references.count == 1 {
      append(path: first.picture)
    } else {
      append(paths: references.map(\.picture))
    }
    guard references.contains(where: { $0.mask != nil }) else { return }
    buffer.append(text: ", \"reference_mask\": ")
    if references.count == 1 {
      append(path: first.mask)
    } else {
      append(paths: references.map(\.mask))
    }
  }

  private mutating func append(paths: [String?]) {
    buffer.append(UInt8(ascii: "["))
    for (i, path) in paths.enumerated() {
      if i > 0 { buffer.append(text: ", ") }
      append(path: path)
    }
    buffer.append(UInt8(ascii: "]"))
  }

  private mutating func append(path: String?) {
    guard let path else { return buffer.append(text: "null") }
    buffer.append(quoted: relative(path), escaping: .required)
  }

  private mutating func relative(_ path: String) -> String {
    let name = path.lastName
    let parent = path.parentFolder
    let way = ways[parent] ?? relativeWay(to: canonicalFolder(of: path), from: folder)
    ways[parent] = way
    return way + name
  }
}

/// JSON, byte by byte.
extension [UInt8] {
  fileprivate mutating func append(text: String) { append(contentsOf: text.utf8) }

  fileprivate mutating func append<T>(list: [T], _ appendItem: (inout Self, T) -> Void) {
    append(UInt8(ascii: "["))
    for (i, item) in list.enumerated() {
      if i > 0 { append(text: ", ") }
      appendItem(&self, item)
    }
    append(UInt8(ascii: "]"))
  }
}
