import Datasets
import Foundation
import Tensors

/// What an evaluation found, ready to be written or asserted on.
public struct EvaluationReport: Sendable {
  public let metrics: EvaluationMetrics
  let scores: [CaseScore]
  let results: URL

  /// Writes `metrics.json`, `cases.jsonl` (the measurements of each case), `contact-sheet.png` and
  /// `report.html` into a folder.
  public func write(to folder: URL) throws {
    try writeJSON(metrics, to: folder.appending(path: "metrics.json"))
    try AtomicFile.write(try caseLines(), to: folder.appending(path: "cases.jsonl").relativePath)
    let shown = try scores.prefix(Self.shownCases).map { try ShownCase($0, results: results) }
    try sheet(shown).writePNG(to: folder.appending(path: "contact-sheet.png").relativePath)
    let page = try ReportPage(metrics: metrics, cases: caseRows(), shown: shown).html()
    try AtomicFile.write(Data(page.utf8), to: folder.appending(path: "report.html").relativePath)
  }

  /// What to tell on the terminal: the numbers, and what was out of the ordinary.
  public var summary: String {
    var lines = ["cases                 \(metrics.count) of \(metrics.listed)"]
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
      if let reason = metrics.selection.leftOut[name] {
        lines.append("\(name.rawValue) left out: \(reason).")
      }
    }
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
    "Subset: \(metrics.count) cases, published numbers are of \(EvaluationMetrics.fullCount). "
      + "They do not compare."
  }

  static func jpegRemark(_ metrics: EvaluationMetrics) -> String {
    let names = metrics.jpegFiles.prefix(3).joined(separator: ", ")
    let rest = metrics.jpegFiles.count > 3 ? " and \(metrics.jpegFiles.count - 3) more" : ""
    return "JPEG data, which moves distances between sets (all in metrics.json): \(names)\(rest)."
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

  private func caseRows() -> [CaseRow] {
    let similarities = ReferenceSimilarityMetric().similarities(scores.map(\.similarity))
    return zip(scores, similarities).map { score, similarity in
      CaseRow(
        id: score.benchCase.identifier, psnr: score.background.psnr, ssim: score.background.ssim,
        psnrInside: score.inside, own: similarity.own, shuffled: similarity.shuffled)
    }
  }

  private func caseLines() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try caseRows().reduce(into: Data()) { data, row in
      data += try encoder.encode(row) + Data("\n".utf8)
    }
  }
}

/// The measurements of one case, a line of `cases.jsonl`.
struct CaseRow: Encodable {
  let id: String
  let psnr: Double
  let ssim: Double
  let psnrInside: Double
  let own: Double
  let shuffled: Double

  enum CodingKeys: String, CodingKey {
    case id, psnr, ssim, own, shuffled
    case psnrInside = "psnr_inside"
  }
}

/// The pictures of one case as a report shows them, at the result's size or smaller.
struct ShownCase {
  static let titles = ["source", "masked", "reference", "result"]
  private static let largestSide = 192

  let identifier: String
  /// As titled above.
  let images: [Image]

  init(_ score: CaseScore, results: URL) throws {
    identifier = score.benchCase.identifier
    let pictures = try CasePictures(score.benchCase)
    let file = ResultStore.picture(of: identifier, in: results)
    let result = try BenchPicture.read(file).image
    let scored = try pictures.scored(result)
    images = [
      scored.groundTruth, scored.groundTruth.hiding(scored.mask), scored.reference, result,
    ].map { $0.reduced(to: Self.largestSide) }
  }
}

extension Image {
  /// The picture with the pixels to be repainted in grey, as the network sees them.
  func hiding(_ mask: EditMask) -> Image {
    var copy = self
    for i in mask.isInside.indices where mask.isInside[i] {
      for channel in 3 * i..<3 * i + 3 { copy.pixels[channel] = 127 }
    }
    return copy
  }

  /// The picture with its longer side reduced to `side`; a smaller one as it is.
  func reduced(to side: Int) -> Image {
    let longer = max(width, height)
    guard longer > side else { return self }
    return resized(
      width: max(1, width * side / longer), height: max(1, height * side / longer),
      filter: .bicubic)
  }
}
