extension Baseline {
  public static let groundTruth = Baseline(
    "ground-truth", procedure: "the bench's own picture, unchanged"
  ) { source, _, _ in source }
}
