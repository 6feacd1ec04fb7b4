import Tensors

/// How far the results are from real pictures by the kernel distance of Inception's features, or of
/// CLIP's where there is no Inception.
public struct KernelMetric: FeatureMetric {
  public let name = "kid"
  public let title = "KID"
  public let explanation =
    "How far the results are from real pictures by a kernel: unbiased, so that few pictures do, "
    + "and around 0 (also below) for equal sets."
  public let needs: [MetricNeed] = [.encoder(nil), .statistics(nil)]
  public let figures = [Figure("kid", title: "KID", places: 5, better: .lower, columns: [])]

  public init() {}

  public func features(_ given: GivenInputs) -> FeatureKind { .whole(given.preferredSpace) }

  public func measure(_ features: RunFeatures) -> MeasuredMetric? {
    let space = features.inputs.given.preferredSpace
    guard let reference = features.inputs.reference, let section = reference.sections[space],
      let matrix = features.matrix(space), matrix.rows > 1, section.sample.shape[0] > 1
    else { return nil }
    let distance = KernelDistance(matrix, Matrix(section.sample))
    var result = MetricResult(
      value: distance.value, standardError: distance.standardError,
      protocol: "KID of \(section.encoder.identifier): unbiased squared MMD, kernel (x.y/d + 1)^3, "
        + "all pairs (the mean over all subsets); real pictures: \(reference.preparation)",
      count: matrix.rows, referenceCount: section.sample.shape[0])
    result.interval = "normal, standard error of the jackknife over cases and real pictures"
    return MeasuredMetric(result)
  }
}
