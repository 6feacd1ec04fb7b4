import Foundation
import Pictures
import Support

extension EvaluationReport {
  /// Writes `metrics.json`, `cases.jsonl` (the measurements of each case), `contact-sheet.png` and
  /// `report.html` into a folder.
  public func write(to folder: URL) throws {
    func write(_ text: String, _ name: String) throws {
      try AtomicFile.write(Data(text.utf8), to: folder.appending(path: name).relativePath)
    }
    try writeJSON(metrics, to: folder.appending(path: "metrics.json"))
    try write(try rows.map { try jsonLine($0) + "\n" }.joined(), "cases.jsonl")
    let shown = try cases.prefix(Self.shownCases).map { try ShownCase($0, results: results) }
    try sheet(shown).writePNG(to: folder.appending(path: "contact-sheet.png").relativePath)
    try write(try ReportPage(metrics: metrics, rows: rows, shown: shown).html(), "report.html")
  }

  /// How many cases the sheet and the page show: the first, so that none are picked.
  private static let shownCases = 24

  /// Two cases a row.
  private func sheet(_ shown: [ShownCase]) -> Image {
    let cases = shown.map(\.images)
    let cell = cases.contains { ($0.last?.width ?? 0) > 128 } ? 160 : 128
    var sheet = ContactSheet(columns: ShownCase.titles + ShownCase.titles, cellSize: cell)
    for first in stride(from: 0, to: cases.count, by: 2) {
      sheet.addRow(Array(cases[first..<min(first + 2, cases.count)].joined()))
    }
    return sheet.image()
  }
}
