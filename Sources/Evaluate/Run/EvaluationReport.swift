import Foundation

/// What an evaluation found, ready to be written or asserted on.
public struct EvaluationReport: Sendable {
  public let metrics: EvaluationMetrics
  /// Those that were scored, in the bench's order.
  let cases: [BenchCase]
  let rows: [CaseRow]
  let results: URL

  /// Everything that was measured, by the figures' paths, with intervals.
  public var values: [String: MetricResult] {
    let selection = metrics.selection
    var values: [String: MetricResult] = [:]
    for metric in selection.list.metrics where selection.contains(metric) {
      guard let result = metrics.results[metric.name] else { continue }
      for figure in metric.figures { values[figure.path] = value(figure, result) }
    }
    return values
  }

  /// Of one figure alone.
  private func value(_ figure: Figure, _ result: MetricResult) -> MetricResult {
    guard figure.key != nil, !figure.isOfSet else {
      return MetricResult(
        value: result.value, ci95: result.ci95, protocol: result.protocol, count: result.count)
    }
    return MetricResult(rows.compactMap { figure.value(of: $0.numbers) }, protocol: result.protocol)
  }
}
