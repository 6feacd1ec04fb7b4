import Foundation
import Inference
import Support

/// What methods that read texts are told of each case.
public struct CaseTexts: Sendable {
  /// The paper's own, for Blended Diffusion.
  public static let standard = "a photo of {class}"

  public let template: PromptTemplate
  /// COCO's annotations; nil for what the bench's folder says of its cases.
  private let annotations: URL?

  /// - Parameters:
  ///   - template: with `{class}` and `{caption}` where cases differ.
  ///   - annotations: COCO's `instances_*.json`, whose annotations' numbers the cases are named by.
  /// - Throws: `PromptTemplateError`.
  public init(_ template: String = standard, annotations: URL? = nil) throws {
    self.template = try PromptTemplate(template)
    self.annotations = annotations
  }

  /// The texts of cases, in order.
  ///
  /// - Throws: ``EvaluationError/noText(bench:field:identifier:count:looked:)``; what is wrong with a file.
  func texts(of identifiers: [String], in bench: Bench) throws -> [String] {
    guard !template.fields.isEmpty else {
      return try identifiers.map { _ in try template.text(subject: nil, caption: nil) }
    }
    let (labels, looked) = try labels(of: identifiers, bench.folder)
    for field in template.fields.sorted(by: { $0.rawValue < $1.rawValue }) {
      let missing = identifiers.filter { labels[$0]?[field] == nil }
      guard let first = missing.first else { continue }
      throw EvaluationError.noText(
        bench: bench.folder.relativePath, field: field.rawValue, identifier: first,
        count: missing.count, looked: looked)
    }
    return try identifiers.map { identifier in
      let label = labels[identifier]
      return try template.text(subject: label?.subject, caption: label?.caption)
    }
  }

  private func labels(
    of identifiers: [String], _ bench: URL
  ) throws -> (labels: [String: CaseLabel], looked: String) {
    guard let annotations else {
      return (try CaseLabel.all(in: bench), CaseLabel.files.joined(separator: ", "))
    }
    let numbers = identifiers.compactMap { id in Int(id).map { ($0, id) } }
    let names = try COCOAnnotations(contentsOf: annotations.relativePath)
      .classes(of: Set(numbers.map(\.0)))
    var labels: [String: CaseLabel] = [:]
    for (number, id) in numbers {
      if let name = names[number] { labels[id] = CaseLabel(subject: name) }
    }
    return (labels, annotations.relativePath)
  }
}

/// What a bench says of a case.
struct CaseLabel: Equatable, Sendable {
  var subject: String?
  var caption: String?

  subscript(field: PromptTemplate.Field) -> String? {
    switch field {
    case .subject: subject
    case .caption: caption
    }
  }

  /// Where a bench says it: the first of these that there is.
  static let files = ["captions.jsonl", "classes.csv", "labels.json"]

  /// By the case's identifier; empty where the bench says nothing.
  ///
  /// - Throws: ``EvaluationError/unreadable(file:reason:)``.
  static func all(in bench: URL) throws -> [String: CaseLabel] {
    let found = files.map { bench.appending(path: $0) }
      .first { FileSystem.exists($0.relativePath) }
    guard let found else { return [:] }
    func wrong(_ line: Int?, _ reason: String) -> EvaluationError {
      .unreadable(
        file: found.relativePath, reason: (line.map { "line \($0): " } ?? "") + reason)
    }
    switch found.pathExtension {
    case "jsonl": return try captions(in: found, wrong)
    case "csv": return try table(in: found, wrong)
    default: return try object(in: found, wrong)
    }
  }

  /// `{"id": "000000000012", "class": "torus", "caption": "a blue torus with stripes"}` a line.
  private static func captions(
    in file: URL, _ wrong: (Int?, String) -> EvaluationError
  ) throws -> [String: CaseLabel] {
    var labels: [String: CaseLabel] = [:]
    try JSONRecords(path: file.relativePath).forEach { record in
      guard record.text.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { return }
      let value = try Result { try StrictJSON(parsing: record.text) }
        .mapError { wrong(record.line, "\($0)") }.get()
      guard case .object(let members) = value else {
        throw wrong(record.line, "expected an object, found \(value.summary)")
      }
      var texts: [String: String] = [:]
      for (key, value) in members where ["id", "class", "caption"].contains(key) {
        guard let text = value.plainText else {
          throw wrong(record.line, "'\(key)' must be a text, found \(value.summary)")
        }
        texts[key] = text
      }
      guard let id = texts["id"] else { throw wrong(record.line, "'id' is missing") }
      let label = CaseLabel(subject: texts["class"], caption: texts["caption"])
      guard labels.updateValue(label, forKey: padded(id)) == nil else {
        throw wrong(record.line, "case \(id) is there twice")
      }
    }
    return labels
  }

  /// `id,class`; a first line of just that is passed over.
  private static func table(
    in file: URL, _ wrong: (Int?, String) -> EvaluationError
  ) throws -> [String: CaseLabel] {
    var labels: [String: CaseLabel] = [:]
    let lines = try LineReader(path: file.relativePath)
    while let bytes = try lines.next() {
      let line = String(decoding: bytes, as: UTF8.self)
      if line.allSatisfy(\.isWhitespace) || (lines.line == 1 && line == "id,class") { continue }
      let parts = line.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw wrong(lines.line, "expected id,class, found \"\(line.prefix(60))\"")
      }
      guard labels.updateValue(CaseLabel(subject: parts[1]), forKey: padded(parts[0])) == nil
      else { throw wrong(lines.line, "case \(parts[0]) is there twice") }
    }
    return labels
  }

  /// `{"000000000012": "torus", …}`.
  private static func object(
    in file: URL, _ wrong: (Int?, String) -> EvaluationError
  ) throws -> [String: CaseLabel] {
    let content = try MappedFile(file.relativePath)
    let value = try Result { try StrictJSON(parsing: content.bytes) }
      .mapError { wrong(nil, "\($0)") }.get()
    guard case .object(let members) = value else {
      throw wrong(nil, "expected {\"000000000012\": \"class\", …}, found \(value.summary)")
    }
    var labels: [String: CaseLabel] = [:]
    for (id, value) in members {
      guard case .string(let name) = value else {
        throw wrong(nil, "the class of \(id) must be a text, found \(value.summary)")
      }
      labels[padded(id)] = CaseLabel(subject: name)
    }
    return labels
  }

  /// Cases that are numbers have twelve digits.
  private static func padded(_ id: String) -> String {
    id.allSatisfy(\.isNumber) ? String(repeating: "0", count: max(0, 12 - id.count)) + id : id
  }
}

extension StrictJSON {
  /// A text, or a whole number as one.
  fileprivate var plainText: String? {
    switch self {
    case .string(let text) where !text.isEmpty: text
    case .number(let number) where number == number.rounded() && abs(number) < 1e15:
      "\(Int(number))"
    default: nil
    }
  }
}
