import Foundation
import Support

extension MeansAnalysis {
  /// Reads mean ranks: a line for each method, a column for each question, `method,quality,…`.
  ///
  /// - Throws: ``MalformedFile`` that names the line; `FileError`.
  public init(table path: String, raters: Int, groups: Int) throws {
    let lines = try LineReader(path: path, keepsQuotedLineEnds: true)
    let expected = "a first line method,quality,… that names a column for each question"
    let head = try lines.next().map { csvCells($0.text) } ?? []
    let names = head.map { $0.trimmingCharacters(in: .whitespaces) }
    guard names.count > 1, names[0].lowercased() == "method", Set(names).count == names.count else {
      throw MalformedFile(
        file: path, place: "line 1", found: "'\(names.joined(separator: ",").prefix(60))'",
        expected: expected)
    }
    var methods: [String] = []
    var means: [[Double]] = []
    while let line = try lines.next() {
      let cells = csvCells(line.text).map { $0.trimmingCharacters(in: .whitespaces) }
      if cells == [""] { continue }
      let place = "line \(lines.line)"
      guard cells.count == names.count else {
        throw MalformedFile(
          file: path, place: place, found: "\(cells.count) cells", expected: "\(names.count)")
      }
      guard !methods.contains(cells[0]) else {
        throw MalformedFile(
          file: path, place: place, found: "'\(cells[0])' again", expected: "each method once")
      }
      methods.append(cells[0])
      means.append(
        try cells.dropFirst().map { cell in
          guard let mean = Double(cell), mean.isFinite, mean >= 1 else {
            throw MalformedFile(
              file: path, place: place, found: "the mean rank '\(cell.prefix(40))'",
              expected: "a number of at least 1")
          }
          return mean
        })
    }
    guard methods.count > 1 else {
      throw MalformedFile(
        file: path, place: "", found: "\(methods.count) methods", expected: "at least two")
    }
    if let row = means.firstIndex(where: { $0.contains { $0 > Double(methods.count) } }) {
      throw MalformedFile(
        file: path, place: "the row of \(methods[row])",
        found: "a mean rank of \(means[row].max() ?? 0)",
        expected: "at most \(methods.count), the number of methods")
    }
    self.init(
      methods: methods,
      questions: names.dropFirst().enumerated().map { column, name in
        Question(name: name, means: means.map { $0[column] })
      },
      raters: raters, groups: groups)
  }
}
