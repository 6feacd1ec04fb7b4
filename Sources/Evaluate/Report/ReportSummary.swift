extension EvaluationReport {
  /// What to tell on the terminal: the numbers, and what was out of the ordinary.
  public var summary: String {
    let subset = metrics.isSubset ? " (subset, published numbers are of 3500)" : ""
    let count = "cases                 \(metrics.count) of \(metrics.listed)\(subset)"
    let lines = metrics.shown.flatMap { $0.summary($1) }
    return ([count] + lines + remarks).joined(separator: "\n")
  }

  private var remarks: [String] {
    let settings = metrics.settings
    var lines = metrics.isSubset ? [metrics.subsetRemark] : []
    lines += metrics.shown.compactMap { metric, result in
      result.warning.map { "\(metric.name): \($0)." }
    }
    if let remark = metrics.selection.remark { lines.append(remark) }
    if !metrics.jpegFiles.isEmpty { lines.append(metrics.jpegRemark) }
    if let method = settings.resize {
      lines.append(
        "The bench's pictures (\(settings.benchSize)) were resized to the results' size "
          + "(\(settings.resultSize)): \(method).")
    }
    if !metrics.pictureWarnings.isEmpty {
      let count = metrics.pictureWarnings.count
      lines.append("\(count) warnings about pictures (all in metrics.json):")
      lines += metrics.pictureWarnings.prefix(10).map { "  \($0)" }
    }
    if !metrics.problems.isEmpty {
      lines.append("\(metrics.problems.count) cases could not be scored (all in metrics.json):")
      lines += metrics.problems.prefix(10).map { "  \($0)" }
    }
    return lines
  }
}

extension EvaluationMetrics {
  /// What was selected and found, in the list's order.
  var shown: [(metric: any MetricDefinition, result: MetricResult)] {
    selection.list.metrics.filter(selection.contains).compactMap { metric in
      self[metric].map { (metric, $0) }
    }
  }

  var subsetRemark: String {
    (settings.shard.map { "Shard \($0) of a run. " } ?? "")
      + "Subset: \(count) cases, published numbers are of \(Self.fullCount). They do not compare."
  }

  var jpegRemark: String {
    "JPEG data, which moves distances between sets (all in metrics.json): \(jpegList)."
  }

  /// The first names and how many more there are.
  var jpegList: String {
    let names = jpegFiles.prefix(3).joined(separator: ", ")
    return names + (jpegFiles.count > 3 ? " and \(jpegFiles.count - 3) more" : "")
  }
}
