/// Whether the result shows its own reference's colours rather than another's.
///
/// The result inside the mask's bounds is compared with its reference, and, as a control, with the
/// next case's (the last with the first's).
public struct ReferenceSimilarityMetric: Metric {
  public static let protocolName = "Lab histogram intersection, 8x8x8, shuffled by one"
  public static let explanation =
    "How much of the result's colour inside the mask's bounds is found in its reference "
    + "(histogram intersection in CIE Lab, 1 is all), against the reference of another case. "
    + "A model that ignores its reference wins half of the comparisons."

  public struct Measurement: Codable, Sendable, Equatable {
    let result: ColourHistogram
    let reference: ColourHistogram
  }

  public struct Summary: Codable, Sendable, Equatable {
    /// Mean similarity to the case's own reference.
    public let own: Double
    /// Mean similarity to the next case's reference.
    public let shuffled: Double
    public let meanDifference: Double
    /// The mean difference again, under the name that every metric has.
    public let value: Double
    public let count: Int
    /// Bootstrap interval of the mean difference: low, high.
    public let ci95: [Double]
    /// Cases that are nearer to their own reference.
    public let wins: Int
    public let ties: Int
    /// Two-sided sign test without ties.
    public let pValue: Double
    public let `protocol`: String

    enum CodingKeys: String, CodingKey {
      case own, shuffled, value, count, ci95, wins, ties, `protocol`
      case meanDifference = "mean_difference"
      case pValue = "p_value"
    }
  }

  public init() {}

  public func measure(_ scored: ScoredCase) -> Measurement {
    Measurement(
      result: ColourHistogram(scored.result.cropped(to: scored.mask.bounds)),
      reference: ColourHistogram(scored.reference))
  }

  /// Similarity of each case to its own and to the next case's reference.
  package func similarities(_ measurements: [Measurement]) -> [(own: Double, shuffled: Double)] {
    measurements.indices.map { i in
      let result = measurements[i].result
      let next = measurements[(i + 1) % measurements.count]
      return (
        result.intersection(measurements[i].reference), result.intersection(next.reference)
      )
    }
  }

  public func summary(of measurements: [Measurement]) -> Summary {
    let pairs = similarities(measurements)
    let differences = pairs.map { $0.own - $0.shuffled }
    let wins = differences.count { $0 > 0 }
    let ties = differences.count { $0 == 0 }
    return Summary(
      own: mean(pairs.map(\.own)), shuffled: mean(pairs.map(\.shuffled)),
      meanDifference: mean(differences), value: mean(differences), count: pairs.count,
      ci95: bootstrapInterval(differences),
      wins: wins, ties: ties, pValue: signTest(wins: wins, losses: pairs.count - wins - ties),
      protocol: Self.protocolName)
  }
}
