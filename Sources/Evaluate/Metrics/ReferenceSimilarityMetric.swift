import Foundation
import Pictures
import Support
import Tensors

/// Whether the result shows its own reference's colours rather than another's.
///
/// The result inside the mask's bounds is compared with its reference, and, as a control, with the
/// next case's (the last with the first's).
public struct ReferenceSimilarityMetric: PictureMetric {
  public let name = "reference_similarity"
  public let storedAs = "similarity"
  public let title = "Reference similarity"
  public let explanation =
    "How much of the result's colour inside the mask's bounds is found in its reference "
    + "(histogram intersection in CIE Lab, 1 is all), against the reference of another case. "
    + "A model that ignores its reference wins half of the comparisons."
  public let protocolName = "Lab histogram intersection, 8x8x8, shuffled by one"
  public let figures = [
    Figure(
      "reference_similarity.own", title: "Similarity to own reference", places: 3,
      better: .higher, columns: ["own"]),
    Figure(
      "reference_similarity.mean_difference", title: "Own − shuffled similarity", places: 3,
      better: .higher, columns: ["own", "shuffled"], involvesNextCase: true),
  ]

  public struct Measurement: Codable, Sendable, Equatable {
    let result: ColourHistogram
    let reference: ColourHistogram
  }

  public init() {}

  public func measure(_ scored: ScoredCase) -> Measurement {
    Measurement(
      result: ColourHistogram(scored.result.cropped(to: scored.mask.bounds)),
      reference: ColourHistogram(scored.reference))
  }

  /// Similarity of each case to its own and to the next case's reference.
  public func rows(_ measurements: [Measurement]) -> [CaseNumbers] {
    measurements.enumerated().map { i, measured in
      let next = measurements[(i + 1) % measurements.count]
      return [
        "own": measured.result.intersection(measured.reference),
        "shuffled": measured.result.intersection(next.reference),
      ]
    }
  }

  public func result(_ rows: [CaseNumbers]) -> MetricResult {
    let differences = rows.compactMap(figures[1].value)
    let wins = differences.count { $0 > 0 }
    let ties = differences.count { $0 == 0 }
    var result = MetricResult(differences, protocol: protocolName)
    result.numbers = [
      "own": rows.compactMap { $0["own"] }.mean,
      "shuffled": rows.compactMap { $0["shuffled"] }.mean, "mean_difference": result.value,
      "wins": Double(wins), "ties": Double(ties),
      "p_value": signTest(wins: wins, losses: rows.count - wins - ties),
    ]
    return result
  }

  public func tiles(_ result: MetricResult) -> [MetricTile] {
    [
      MetricTile(
        "Own reference", result.text("own", 3),
        "similarity; shuffled \(result.text("shuffled", 3))"),
      MetricTile(
        "Difference", result.value.fixed(3),
        "95 %: \(result.interval(3, separator: " to ") ?? "")"),
      MetricTile(
        "Wins against shuffled", "\(result.text("wins", 0)) / \(result.count)",
        "\(result.text("ties", 0)) ties, p = \(pValue(result))"),
    ]
  }

  public func summary(_ result: MetricResult) -> [String] {
    [
      "reference similarity  own \(result.text("own", 3)), shuffled \(result.text("shuffled", 3)), "
        + "difference \(result.value.fixed(3)) [\(result.interval(3, separator: ", ") ?? "")]",
      "wins                  \(result.text("wins", 0)) of \(result.count), "
        + "\(result.text("ties", 0)) ties, p = \(pValue(result))",
    ]
  }

  private func pValue(_ result: MetricResult) -> String {
    (result["p_value"] ?? .nan).significant(2)
  }
}
