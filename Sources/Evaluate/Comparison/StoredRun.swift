import Foundation
import Support

/// A finished evaluation, read back from its folder and checked.
struct StoredRun {
  /// As the user gave it.
  let folder: String
  let record: StoredMetrics
  /// In the bench's order.
  let cases: [CaseRow]

  /// - Throws: ``ComparisonError``; `FileError` for what cannot be read.
  init(at folder: URL, _ metrics: MetricList) throws {
    self.folder = folder.relativePath
    let summary = folder.appending(path: "metrics.json").relativePath
    let lines = folder.appending(path: "cases.jsonl").relativePath
    for path in [summary, lines] where !FileSystem.exists(path) {
      throw ComparisonError.missing(path: path)
    }
    let file = try MappedFile(summary)
    let record = try Self.decode(
      StoredMetrics.self, Data(file.bytes), file: summary, sections: metrics.figures.map(\.section))
    self.record = record
    // Pictures are measured of every case.
    let measured = metrics.pictureMetrics.filter { record.sections[$0.name] != nil }
    cases = try Self.cases(lines, figures: measured.flatMap(\.figures))
    guard cases.count == record.count else {
      throw ComparisonError.incomplete(file: lines, expected: record.count, found: cases.count)
    }
  }

  /// - Parameter figures: Those of which every case has a value.
  private static func cases(_ path: String, figures: [Figure]) throws -> [CaseRow] {
    let file = try MappedFile(path)
    let columns = figures.flatMap(\.columns)
    var known: Set<String> = []
    var rows: [CaseRow] = []
    for (i, line) in file.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated()
    where !line.isEmpty {
      let row = try decode(CaseRow.self, Data(line), file: path, line: i + 1)
      if let column = columns.first(where: { row.numbers[$0] == nil }) {
        throw ComparisonError.corrupt(file: path, line: i + 1, reason: "has no '\(column)'")
      }
      guard known.insert(row.id).inserted else {
        throw ComparisonError.corrupt(file: path, line: i + 1, reason: "repeats case \(row.id)")
      }
      rows.append(row)
    }
    return rows
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ data: Data, file: String, line: Int? = nil, sections: [String] = []
  ) throws -> Value {
    let decoder = JSONDecoder()
    if let key = StoredMetrics.names { decoder.userInfo[key] = sections }
    do {
      return try decoder.decode(type, from: data)
    } catch let error as DecodingError {
      throw ComparisonError.corrupt(file: file, line: line, reason: error.reason)
    }
  }
}

/// The part of `metrics.json` that comparing needs.
struct StoredMetrics: Decodable {
  let count: Int
  let settings: [String: JSONValue]
  let hashes: [String: String]
  /// By the name of the part of the file: `clip_fid`, `background`.
  let sections: [String: Section]

  /// The sections to read, in a decoder's `userInfo`.
  static let names = CodingUserInfoKey(rawValue: "sections")

  /// One metric.
  struct Section: Decodable {
    let value: Double
    let `protocol`: String
    let count: Int
    let standardError: Double?

    enum CodingKeys: String, CodingKey {
      case value, `protocol`, count
      case standardError = "standard_error"
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: NameKey.self)
    count = try container.decode(Int.self, forKey: "count")
    settings = try container.decode([String: JSONValue].self, forKey: "settings")
    hashes = try container.decode([String: String].self, forKey: "hashes")
    var sections: [String: Section] = [:]
    for name in Self.names.flatMap({ decoder.userInfo[$0] as? [String] }) ?? [] {
      sections[name] = try container.decodeIfPresent(Section.self, forKey: NameKey(name))
    }
    self.sections = sections
  }
}

extension DecodingError {
  /// What is wrong, and where in the document.
  fileprivate var reason: String {
    func place(_ context: Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "" : "\(path) "
    }
    /// A type in a user's words.
    func words(_ type: Any.Type) -> String {
      switch "\(type)" {
      case "String": "a text"
      case "Int": "a whole number"
      case "Double", "Float": "a number"
      case "Bool": "true or false"
      case let name where name.hasPrefix("Array"): "a list"
      default: "an object"
      }
    }
    switch self {
    case .keyNotFound(let key, let context):
      let inside = place(context)
      return inside.isEmpty
        ? "has no '\(key.stringValue)'" : "\(inside)has no '\(key.stringValue)'"
    case .typeMismatch(let type, let context): return "\(place(context))is not \(words(type))"
    case .valueNotFound(let type, let context):
      return "\(place(context))is null, not \(words(type))"
    case .dataCorrupted(let context):
      let inside = place(context)
      return inside.isEmpty ? "is no JSON" : "\(inside)is not valid"
    @unknown default: return "cannot be read"
    }
  }
}
