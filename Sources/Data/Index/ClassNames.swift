import Foundation
import Support

/// The display names of OpenImages' classes, if the folder has a file that lists them.
struct ClassNames {
  /// Display name by identifier; empty without a file.
  private(set) var displayNames: [String: String] = [:]
  private let folder: String
  private var file: String?

  private static let fileNames = [
    "oidv7-class-descriptions-boxable.csv", "oidv7-class-descriptions.csv",
    "oidv6-class-descriptions.csv", "class-descriptions-boxable.csv", "class-descriptions.csv",
  ]

  /// - Parameter folder: The dataset's; the files lie in its `annotations/`.
  init(folder: String) throws {
    self.folder = folder
    let paths = Self.fileNames.map { "\(folder)/annotations/\($0)" }
    guard let path = try firstFile(of: paths) else { return }
    file = path
    let lines = try LineReader(path: path, keepsQuotedLineEnds: true)
    while let line = try lines.next() {
      if line.isEmpty { continue }
      let fields = CSVReader.split(line)
      guard fields.count == 2 else {
        throw DatasetError.malformed(
          file: path, line: lines.line,
          problem: "\(fields.count) fields, expected two: identifier and display name")
      }
      if fields[0] != "LabelName" { displayNames[fields[0]] = fields[1] }
    }
  }

  /// The identifiers of classes given by display name (upper and lower case are equal) or
  /// identifier.
  ///
  /// - Throws: `DatasetError.unknownClass`, `.noClassNames`.
  func identifiers(of classes: [String]) throws -> Set<String> {
    let byName = Dictionary(
      displayNames.map { ($0.value.lowercased(), [$0.key]) }, uniquingKeysWith: +)
    return try classes.reduce(into: []) { result, name in
      if let identifiers = byName[name.lowercased()] {
        result.formUnion(identifiers)
      } else if displayNames[name] != nil || file == nil && Self.isIdentifier(name) {
        result.insert(name)
      } else if let file {
        let known = displayNames.flatMap { Self.isIdentifier(name) ? [$0.key] : [$0.value] }
        throw DatasetError.unknownClass(
          name: name, nearest: nearest(to: name, in: known), file: file)
      } else {
        throw DatasetError.noClassNames(
          name: name, expected: Self.fileNames.dropFirst().map { "\(folder)/annotations/\($0)" })
      }
    }
  }

  private static func isIdentifier(_ name: String) -> Bool {
    name.hasPrefix("/m/") || name.hasPrefix("/g/") || name.hasPrefix("/t/")
  }
}
