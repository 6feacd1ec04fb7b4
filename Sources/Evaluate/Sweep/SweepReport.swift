import Foundation
import Support

/// What a sweep found, in the order of its settings.
public struct SweepReport: Sendable {
  /// One setting's evaluation.
  public struct Run: Sendable {
    public let setting: SweepSetting
    public let metrics: EvaluationMetrics
    /// By the figures' paths.
    public let values: [String: MetricResult]
  }

  /// At least one.
  public let runs: [Run]

  /// Writes `sweep.json`, `sweep.html` and `sweep.svg`.
  public func write(to folder: URL) throws {
    func write(_ text: String, _ name: String) throws {
      try AtomicFile.write(Data(text.utf8), to: folder.appending(path: name).relativePath)
    }
    try writeJSON(self, to: folder.appending(path: "sweep.json"))
    try write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(plot.svg)\n", "sweep.svg")
    try write(SweepPage(report: self).html, "sweep.html")
  }

  /// What any of the runs measured.
  var figures: [Figure] {
    runs[0].metrics.selection.list.figures.filter { figure in
      runs.contains { $0.values[figure.path] != nil }
    }
  }

  /// What is swept, as a reader calls it.
  var subject: String {
    switch (runs[0].setting.scale, runs[0].setting.steps) {
    case (_?, _?): "Guidance scale and sampling steps"
    case (_?, nil): "Guidance scale"
    default: "Sampling steps"
    }
  }

  /// On how many cases, and whether that is a subset.
  var extent: String {
    let counts = runs.map(\.metrics.count)
    let count = counts.min() == counts.max() ? "\(counts[0])" : "\(counts.min() ?? 0) or more"
    let subset = runs.contains { $0.metrics.isSubset }
    return "\(count) cases" + (subset ? ", a subset: published numbers are of 3500" : "")
  }

  /// Blocks of three metrics, a line a setting.
  public var summary: String {
    var lines = ["\(subject), \(extent)"]
    let figures = figures
    for start in stride(from: 0, to: figures.count, by: 3) {
      let part = Array(figures[start..<min(start + 3, figures.count)])
      let rows = runs.map { run in [run.setting.label] + part.map { text($0, run) } }
      lines += [""] + TextTable(rows: [[""] + part.map(\.path)] + rows).lines
    }
    let warnings = runs.flatMap { run in
      run.metrics.shown.compactMap { metric, result in
        result.warning.map { "\(metric.name): \($0)." }
      }
    }
    lines.append("")
    lines += Array(Set(warnings)).sorted()
    let problems = runs.reduce(0) { $0 + $1.metrics.problems.count }
    if problems > 0 {
      lines.append("\(problems) problems with cases: see metrics.json of each run.")
    }
    if let leftOut = runs[0].metrics.selection.remark { lines.append(leftOut) }
    return lines.joined(separator: "\n")
  }

  private func text(_ figure: Figure, _ run: Run) -> String {
    guard let value = run.values[figure.path] else { return "-" }
    let interval = value.ci95.map { " [\(figure.text($0[0])), \(figure.text($0[1]))]" }
    return figure.text(value.value) + (interval ?? "")
  }

  /// Each metric against the scale, a line for each number of steps; or against the steps.
  var plot: PanelPlot {
    let isOverScale = runs[0].setting.scale != nil
    func place(_ run: Run) -> Double {
      run.setting.scale.map(Double.init) ?? run.setting.steps.map(Double.init) ?? 0
    }
    var lines: [(name: String, runs: [Run])] = []
    for run in runs {
      let name = isOverScale ? run.setting.steps.map { "\($0) steps" } ?? "" : ""
      let line = lines.firstIndex { $0.name == name } ?? lines.count
      if line == lines.count { lines.append((name, [])) }
      lines[line].runs.append(run)
    }
    let panels = figures.map { figure in
      PanelPlot.Panel(
        title: figure.title, note: figure.direction,
        points: lines.map { line in
          line.runs.sorted { place($0) < place($1) }.compactMap { run in
            run.values[figure.path].map {
              PanelPlot.Point(x: place(run), value: $0.value, interval: $0.ci95)
            }
          }
        })
    }
    return PanelPlot(
      title: subject, note: "\(runs[0].metrics.settings.label), \(extent). Bars: 95 % intervals.",
      axis: isOverScale ? "guidance scale" : "sampling steps",
      marks: Array(Set(runs.map(place))).sorted(), series: lines.map(\.name), panels: panels)
  }
}

extension SweepReport: Encodable {
  enum CodingKeys: String, CodingKey {
    case runs, subset
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(runs.contains { $0.metrics.isSubset }, forKey: .subset)
    try container.encode(runs, forKey: .runs)
  }
}

extension SweepReport.Run: Encodable {
  enum CodingKeys: String, CodingKey {
    case folder, scale, steps, count, listed, subset, settings, hashes, metrics
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(setting.folder, forKey: .folder)
    try container.encodeIfPresent(
      setting.scale ?? metrics.settings.generation?.model?.scale, forKey: .scale)
    try container.encodeIfPresent(
      setting.steps ?? metrics.settings.generation?.model?.steps, forKey: .steps)
    try container.encode(metrics.count, forKey: .count)
    try container.encode(metrics.listed, forKey: .listed)
    try container.encode(metrics.isSubset, forKey: .subset)
    try container.encode(metrics.settings, forKey: .settings)
    try container.encode(metrics.hashes, forKey: .hashes)
    try container.encode(values, forKey: .metrics)
  }
}
