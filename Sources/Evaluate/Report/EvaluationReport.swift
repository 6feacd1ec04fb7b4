import Foundation
import Pictures
import Support

/// What an evaluation found, ready to be written or asserted on.
public struct EvaluationReport: Sendable {
  public let metrics: EvaluationMetrics
  let scores: [CaseScore]
  /// By the case's identifier.
  let featureScores: [String: FeatureScore]
  let results: URL

  /// Writes `metrics.json`, `cases.jsonl` (the measurements of each case), `contact-sheet.png` and
  /// `report.html` into a folder.
  public func write(to folder: URL) throws {
    try writeJSON(metrics, to: folder.appending(path: "metrics.json"))
    try AtomicFile.write(try caseLines(), to: folder.appending(path: "cases.jsonl").relativePath)
    let shown = try scores.prefix(Self.shownCases).map { try ShownCase($0, results: results) }
    try sheet(shown).writePNG(to: folder.appending(path: "contact-sheet.png").relativePath)
    let page = try ReportPage(metrics: metrics, cases: caseRows, shown: shown).html()
    try AtomicFile.write(Data(page.utf8), to: folder.appending(path: "report.html").relativePath)
  }

  /// What to tell on the terminal: the numbers, and what was out of the ordinary.
  public var summary: String {
    let subset = metrics.isSubset ? " (subset, published numbers are of 3500)" : ""
    var lines = ["cases                 \(metrics.count) of \(metrics.listed)\(subset)"]
    lines += MetricName.allCases.compactMap(featureLine)
    if metrics.selection.contains(.background) {
      lines.append(
        String(
          format: "background            PSNR %.2f dB, SSIM %.4f", metrics.background.psnr,
          metrics.background.ssim))
    }
    if metrics.selection.contains(.referenceSimilarity) { lines += similarityLines }
    return (lines + remarks).joined(separator: "\n")
  }

  private var similarityLines: [String] {
    let similarity = metrics.referenceSimilarity
    return [
      String(
        format: "reference similarity  own %.3f, shuffled %.3f, difference %.3f [%.3f, %.3f]",
        similarity.own, similarity.shuffled, similarity.meanDifference, similarity.ci95[0],
        similarity.ci95[1]),
      String(
        format: "wins                  %ld of %ld, %ld ties, p = %.2g", similarity.wins,
        metrics.count, similarity.ties, similarity.pValue),
    ]
  }

  private func featureLine(_ name: MetricName) -> String? {
    guard let metric = metrics.features[name] else { return nil }
    let title = name.title.padding(toLength: 21, withPad: " ", startingAt: 0)
    let interval = metric.ci95.map { String(format: " [%.4f, %.4f]", $0[0], $0[1]) } ?? ""
    return title + String(format: " %.4f", metric.value) + interval
  }

  /// What was out of the ordinary.
  private var remarks: [String] {
    var lines: [String] = []
    if metrics.isSubset { lines.append(Self.subsetRemark(metrics)) }
    for name in MetricName.allCases {
      if let warning = metrics.features[name]?.warning {
        lines.append("\(name.rawValue): \(warning).")
      }
    }
    if let leftOut = metrics.selection.leftOutRemark { lines.append(leftOut) }
    if !metrics.jpegFiles.isEmpty { lines.append(Self.jpegRemark(metrics)) }
    if let method = metrics.settings.resize {
      lines.append(
        "The bench's pictures (\(metrics.settings.benchSize)) were resized to the results' size "
          + "(\(metrics.settings.resultSize)): \(method).")
    }
    if !metrics.problems.isEmpty {
      lines.append("\(metrics.problems.count) cases could not be scored (all in metrics.json):")
      lines += metrics.problems.prefix(10).map { "  \($0)" }
    }
    return lines
  }

  static func subsetRemark(_ metrics: EvaluationMetrics) -> String {
    (metrics.settings.shard.map { "Shard \($0) of a run. " } ?? "")
      + "Subset: \(metrics.count) cases, published numbers are of \(EvaluationMetrics.fullCount). "
      + "They do not compare."
  }

  static func jpegRemark(_ metrics: EvaluationMetrics) -> String {
    "JPEG data, which moves distances between sets (all in metrics.json): \(jpegList(metrics))."
  }

  /// The first names and how many more there are.
  static func jpegList(_ metrics: EvaluationMetrics) -> String {
    let names = metrics.jpegFiles.prefix(3).joined(separator: ", ")
    return names + (metrics.jpegFiles.count > 3 ? " and \(metrics.jpegFiles.count - 3) more" : "")
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
