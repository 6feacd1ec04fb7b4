import Support

/// Numbers that the paper prints. They are shown beside measured ones, never mixed with them.
package struct PublishedTable: Sendable {
  package let title: String
  /// A method with its numbers, in the order of ``columns``.
  package let rows: [(method: String, numbers: [String])]

  package static let source = "Yang et al., Paint by Example, CVPR 2023, arXiv:2211.13227"
  static let columns: [(title: String, metric: any MetricDefinition)] = [
    ("FID (CLIP) ↓", FrechetMetric.clip), ("Quality score ↑", QualityScore()),
    ("CLIP score ↑", CLIPScore()),
  ]

  package static let comparison = PublishedTable(
    title: "COCOEE",
    rows: [
      ("Blended Diffusion-Image", ["4.60", "67.14", "80.65"]),
      ("Blended Diffusion-Text", ["7.52", "55.89", "72.62"]),
      ("DCCF", ["3.78", "71.49", "82.18"]),
      ("Stable Diffusion", ["3.66", "73.20", "75.33"]),
      ("Paint by Example", ["3.18", "77.80", "84.97"]),
    ])

  package static let ablation = PublishedTable(
    title: "Ablation, each row with what is above it",
    rows: [
      ("Baseline", ["3.61", "76.71", "85.90"]),
      ("+ Prior", ["3.40", "77.63", "88.79"]),
      ("+ Augmentation", ["3.44", "76.86", "81.68"]),
      ("+ Bottleneck", ["3.26", "76.62", "81.41"]),
      ("+ Classifier-free", ["3.18", "77.80", "84.97"]),
    ])
}

/// The paper's tables with the run's own row beneath each.
struct PublishedTables {
  let metrics: EvaluationMetrics

  var html: String {
    """
    <section><h2>Beside the paper</h2>
    <p class="note">As published in \(PublishedTable.source). Only <code>clip_fid</code>, \
    <code>quality_score</code> and <code>clip_score</code> by the official protocol, with the paper's \
    reference pictures and mixture, over all 3,500 cases of COCOEE compare with these rows. \
    \(standing)</p>
    \(html(.comparison))
    \(html(.ablation))
    </section>
    """
  }

  private var standing: String {
    metrics.isSubset
      ? "<b>The measured row does not: it is of \(metrics.count) cases, a subset.</b>"
      : "What the measured row rests on is listed below."
  }

  private func html(_ table: PublishedTable) -> String {
    let heads = (["Method", "Source"] + PublishedTable.columns.map(\.title))
      .map { "<th>\($0)</th>" }
    let rows = table.rows.map { method, numbers in
      "<tr><th>\(escaped(method))</th><td>as published</td>"
        + numbers.map { "<td>\($0)</td>" }.joined() + "</tr>"
    }
    return """
      <h3 class="table">\(table.title)</h3>
      <div class="scroll"><table class="numbers">
      <thead><tr>\(heads.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))
      \(measured)</tbody></table></div>
      """
  }

  private var measured: String {
    let cases = "\(metrics.count) cases\(metrics.isSubset ? ", subset" : "")"
    let cells = PublishedTable.columns.map { column in
      let result = metrics[column.metric]
      let interval = result?.interval(2, separator: " to ").map { "<small>\($0)</small>" }
      return "<td>\(result.map { $0.value.fixed(2) } ?? "not measured")\(interval ?? "")</td>"
    }
    return "<tr class=\"measured\"><th>\(escaped(metrics.settings.label))</th>"
      + "<td>measured, \(cases)</td>\(cells.joined())</tr>"
  }
}
