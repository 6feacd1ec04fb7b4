import Foundation
import Support
import Tensors

extension AnswerFile {
  /// Reads a table with a line for each rank: `rater,group,question,method,rank`, from a study that
  /// was made elsewhere. Without a column `question` all lines are of one, called `rank`.
  ///
  /// Equal ranks are ties. Rankings that lack a method are left out.
  ///
  /// - Throws: ``MalformedFile`` that names the line; `FileError`.
  init(readingTable path: String) throws {
    let lines = try LineReader(path: path, keepsQuotedLineEnds: true)
    guard let head = try lines.next() else {
      throw MalformedFile(file: path, place: "", found: "an empty file", expected: Self.header)
    }
    let columns = try Columns(csvCells(head.text), file: path)
    var table = RankTable()
    while let line = try lines.next() {
      let cells = csvCells(line.text)
      if cells == [""] { continue }
      let place = "line \(lines.line)"
      try table.add(columns.entry(cells, place), file: path, place: place)
    }
    self.init(path: path, methods: table.methods)
    guard methods.count > 1 else {
      throw MalformedFile(
        file: path, place: "", found: "\(methods.count) methods", expected: "at least two")
    }
    for key in table.keys {
      let ranks = methods.compactMap { table.ranks[key]?[$0] }
      guard ranks.count == methods.count else {
        leftOut.append(
          "\(path): rater \(key.rater) ranks \(ranks.count) of \(methods.count) methods of group "
            + "\(key.group) (\(key.question))")
        continue
      }
      rankings.append(
        RankingRecord(
          rater: key.rater, question: key.question, group: key.group, ranks: midranks(ranks),
          file: path))
    }
  }

  static let header = "a first line rater,group,question,method,rank"

  /// Which column is where.
  private struct Columns {
    let file: String
    let count: Int
    let rater, group, method, rank: Int
    let question: Int?

    init(_ names: [String], file: String) throws {
      let found = names.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
      func place(_ name: String) throws -> Int {
        guard let place = found.firstIndex(of: name) else {
          throw MalformedFile(
            file: file, place: "line 1", found: "no column '\(name)'", expected: AnswerFile.header)
        }
        return place
      }
      if let name = found.first(where: { name in found.count { $0 == name } > 1 }) {
        throw MalformedFile(
          file: file, place: "line 1", found: "two columns '\(name)'", expected: AnswerFile.header)
      }
      (self.file, count) = (file, found.count)
      (rater, group) = (try place("rater"), try place("group"))
      (method, rank) = (try place("method"), try place("rank"))
      question = found.firstIndex(of: "question")
    }

    func entry(_ cells: [String], _ place: String) throws -> RankTable.Entry {
      guard cells.count == count else {
        throw MalformedFile(
          file: file, place: place, found: "\(cells.count) cells", expected: "\(count)")
      }
      let texts = cells.map { $0.trimmingCharacters(in: .whitespaces) }
      guard let number = Double(texts[rank]), number.isFinite, number >= 1, number <= 1000 else {
        throw MalformedFile(
          file: file, place: place, found: "the rank '\(texts[rank].prefix(40))'",
          expected: "a number from 1, the best, to 1000")
      }
      for (name, column) in [("rater", rater), ("group", group), ("method", method)] {
        guard (1...200).contains(texts[column].count) else {
          throw MalformedFile(
            file: file, place: place, found: "a \(name) of \(texts[column].count) characters",
            expected: "1 to 200")
        }
      }
      let key = RankTable.Key(
        rater: texts[rater], question: question.map { texts[$0] } ?? "rank", group: texts[group])
      return RankTable.Entry(key: key, method: texts[method], rank: number)
    }
  }
}

/// Ranks by who, what and which, in the order of a file.
private struct RankTable {
  struct Key: Hashable {
    let rater, question, group: String
  }

  struct Entry {
    let key: Key
    let method: String
    let rank: Double
  }

  private(set) var methods: [String] = []
  private(set) var keys: [Key] = []
  private(set) var ranks: [Key: [String: Double]] = [:]

  mutating func add(_ entry: Entry, file: String, place: String) throws {
    if !methods.contains(entry.method) { methods.append(entry.method) }
    guard methods.count <= 100 else {
      throw MalformedFile(
        file: file, place: place, found: "more than 100 methods", expected: "fewer")
    }
    if ranks[entry.key] == nil { keys.append(entry.key) }
    guard ranks[entry.key, default: [:]].updateValue(entry.rank, forKey: entry.method) == nil else {
      throw MalformedFile(
        file: file, place: place,
        found: "a second rank of \(entry.method) by rater \(entry.key.rater) in group "
          + "\(entry.key.group) (\(entry.key.question))",
        expected: "one")
    }
  }
}

/// The cells of a line of CSV (RFC 4180).
func csvCells(_ line: String) -> [String] {
  var cells = [""]
  var isQuoted = false
  var rest = line.unicodeScalars[...]
  while let scalar = rest.popFirst() {
    switch scalar {
    case "\"" where isQuoted && rest.first == "\"":
      rest.removeFirst()
      cells[cells.count - 1].unicodeScalars.append(scalar)
    case "\"": isQuoted.toggle()
    case "," where !isQuoted: cells.append("")
    default: cells[cells.count - 1].unicodeScalars.append(scalar)
    }
  }
  return cells
}
