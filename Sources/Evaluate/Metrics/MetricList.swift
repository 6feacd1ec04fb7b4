import Support

/// The metrics that runs may compute, in the order in which they are shown.
public struct MetricList: Sendable {
  public let metrics: [any MetricDefinition]

  /// - Parameter metrics: Of names that differ.
  public init(_ metrics: [any MetricDefinition]) {
    check(Set(metrics.map(\.name)).count == metrics.count, "two metrics of one name")
    self.metrics = metrics
  }

  /// Those of this package.
  public static let standard = MetricList([
    FrechetMetric.clip,
    FrechetMetric.inception,
    KernelMetric(),
    QualityScore(),
    CLIPScore(),
    BackgroundMetric(),
    InsideMetric(),
    ReferenceSimilarityMetric(),
  ])

  /// The list with more metrics at its end.
  public static func + (list: MetricList, more: [any MetricDefinition]) -> MetricList {
    MetricList(list.metrics + more)
  }

  /// By what names metrics are chosen.
  public var names: [String] {
    metrics.filter { $0.chosenAs == $0.name }.map(\.name)
  }

  public var figures: [Figure] { metrics.flatMap(\.figures) }

  /// The figures that a name stands for: one by its path, or all of a part of `metrics.json`, such as
  /// `background`.
  public func figures(named name: String) -> [Figure] {
    figures.filter { $0.path == name || $0.section == name }
  }

  var pictureMetrics: [any PictureMetric] { metrics.compactMap { $0 as? any PictureMetric } }
  var featureMetrics: [any FeatureMetric] { metrics.compactMap { $0 as? any FeatureMetric } }
}

extension MetricList: Equatable {
  public static func == (a: MetricList, b: MetricList) -> Bool {
    a.metrics.map(\.name) == b.metrics.map(\.name)
  }
}
