import Foundation
import Testing
import Training

/// `docs/configuration.md` lists every key with what it may be and its default, and no other.
@Suite struct ConfigurationDocumentationTests {
  /// The rows of the page's tables: a key, what may stand there and the default; or, in the tables
  /// of keys without a choice, the key and the one value or the reason.
  private static func documentedRows() throws -> Set<[String]> {
    let page = repository.appending(path: "docs/configuration.md")
    let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
    var rows: Set<[String]> = []
    for line in lines where line.hasPrefix("| `") {
      let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
      for key in expanded(cells[0].replacing("`", with: "")) {
        rows.insert([key] + cells[1..<min(cells.count, 3)])
      }
    }
    return rows
  }

  /// `a.{b,c}.d` is short for `a.b.d` and `a.c.d`.
  private static func expanded(_ key: String) -> [String] {
    guard let open = key.firstIndex(of: "{"), let close = key.firstIndex(of: "}") else {
      return [key]
    }
    return key[key.index(after: open)..<close].split(separator: ",").map {
      "\(key[..<open])\($0)\(key[key.index(after: close)...])"
    }
  }

  @Test func pageAndSchemaAgree() throws {
    let documented = try Self.documentedRows()
    let schema = Set(
      TrainingConfiguration.schema.compactMap { key -> [String]? in
        switch key.role {
        case .section: nil
        case .setting: [key.path, key.kind, key.value]
        case .fixed, .ignored: [key.path, key.value]
        }
      })
    let missing = schema.subtracting(documented).map { "| \($0.joined(separator: " | ")) |" }
    let extra = documented.subtracting(schema).map { "| \($0.joined(separator: " | ")) |" }
    #expect(missing.isEmpty, "not in the page:\n\(missing.sorted().joined(separator: "\n"))")
    #expect(extra.isEmpty, "not in the schema:\n\(extra.sorted().joined(separator: "\n"))")
  }
}

/// The repository's root.
let repository = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
