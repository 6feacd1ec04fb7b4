import Tensors

/// How far the results are from real pictures by the Fréchet distance of their features.
public struct FrechetMetric: FeatureMetric {
  public let name: String
  public let title: String
  public let explanation: String
  private let space: FeatureSpace
  private let places: Int

  public static let clip = FrechetMetric(
    name: "clip_fid", title: "CLIP-FID",
    explanation:
      "How far the results, taken together, are from real pictures in CLIP's features (0 "
      + "is equal). The paper's \"FID\" is this, not Inception's.",
    space: .clip, places: 3)

  public static let inception = FrechetMetric(
    name: "inception_fid", title: "Inception FID",
    explanation: "How far the results, taken together, are from real pictures in InceptionV3's "
      + "features (0 is equal): the FID of other papers. The resize is part of the name.",
    space: .inception, places: 2)

  public var needs: [MetricNeed] { [.encoder(space), .statistics(space)] }
  public var figures: [Figure] {
    [Figure(name, title: title, places: places, better: .lower, columns: [])]
  }

  public func features(_ given: GivenInputs) -> FeatureKind { .whole(space) }

  public func measure(_ features: RunFeatures) throws -> MeasuredMetric? {
    guard let reference = features.inputs.reference, let section = reference.sections[space],
      let matrix = features.matrix(space), matrix.rows > 1
    else { return nil }
    let distance = try FrechetDistance(from: matrix, to: section.statistics)
    var result = MetricResult(
      value: distance.value, standardError: distance.standardError,
      protocol: "Frechet distance of \(section.encoder.identifier); covariances n - 1, all cases; "
        + "real pictures: \(reference.preparation)",
      count: matrix.rows, referenceCount: section.statistics.count)
    result.interval =
      "normal, standard error of \(distance.resamples) bootstrap resamples of the cases"
    result.warning = warning(matrix.rows, section.statistics.count, dimension: matrix.columns)
    return MeasuredMetric(result)
  }

  /// Too few pictures on either side make a covariance of low rank and the distance too large.
  private func warning(_ count: Int, _ referenceCount: Int, dimension: Int) -> String? {
    let few = [(count, "cases"), (referenceCount, "real pictures")]
      .filter { $0.0 <= dimension }.map { "\($0.0) \($0.1)" }
    guard !few.isEmpty else { return nil }
    return "\(few.joined(separator: " and ")) for \(dimension) dimensions: the covariance is "
      + "singular and the distance too large; compare only runs of equal counts"
  }
}

extension MetricResult {
  /// A distance between the results and real pictures, with a normal interval.
  init(
    value: Double, standardError: Double?, protocol: String, count: Int, referenceCount: Int
  ) {
    self.init(
      value: value, ci95: standardError.map { normalInterval(value, standardError: $0) },
      protocol: `protocol`, count: count)
    numbers["standard_error"] = standardError
    numbers["reference_count"] = Double(referenceCount)
  }
}
