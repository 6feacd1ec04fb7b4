import Foundation

/// Where an evaluation keeps what it makes on the way, within its output folder.
struct EvaluationFolder {
  private(set) var url: URL
  let metrics: MetricList
  let inputs: MetricInputs
  private let kinds: [FeatureKind]

  init(_ url: URL, _ selection: MetricSelection, _ inputs: MetricInputs) {
    self.url = url
    self.inputs = inputs
    metrics = selection.list
    kinds = inputs.kinds(selection)
  }

  /// The same in another output folder.
  func at(_ url: URL) -> EvaluationFolder {
    var copy = self
    copy.url = url
    return copy
  }

  /// Pictures made here, not those made elsewhere.
  var results: URL { url.appending(path: "results") }

  var scores: CaseStore<ScorePieceFormat> {
    CaseStore(
      "scores", in: url.appending(path: "scores"),
      format: ScorePieceFormat(metrics: metrics.pictureMetrics))
  }

  /// A store for each kind of features that the run takes.
  var features: [FeatureStore] {
    let folder = url.appending(path: "features")
    return kinds.compactMap { FeatureStore($0, inputs, in: folder) }
  }
}
