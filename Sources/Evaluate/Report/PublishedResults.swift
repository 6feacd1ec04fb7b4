/// Numbers that the paper prints. They are shown beside measured ones, never mixed with them.
struct PublishedResult: Sendable {
  let method: String
  let fid: String
  let qualityScore: String
  let clipScore: String

  private init(_ method: String, _ fid: String, _ qualityScore: String, _ clipScore: String) {
    self.method = method
    self.fid = fid
    self.qualityScore = qualityScore
    self.clipScore = clipScore
  }

  static let source = "Yang et al., Paint by Example, CVPR 2023, arXiv:2211.13227"

  /// The comparison on COCOEE.
  static let comparison = [
    PublishedResult("Blended Diffusion-Image", "4.60", "67.14", "80.65"),
    PublishedResult("Blended Diffusion-Text", "7.52", "55.89", "72.62"),
    PublishedResult("DCCF", "3.78", "71.49", "82.18"),
    PublishedResult("Stable Diffusion", "3.66", "73.20", "75.33"),
    PublishedResult("Paint by Example", "3.18", "77.80", "84.97"),
  ]

  /// The ablation on COCOEE; each row adds to the one above.
  static let ablation = [
    PublishedResult("Baseline", "3.61", "76.71", "85.90"),
    PublishedResult("+ Prior", "3.40", "77.63", "88.79"),
    PublishedResult("+ Augmentation", "3.44", "76.86", "81.68"),
    PublishedResult("+ Bottleneck", "3.26", "76.62", "81.41"),
    PublishedResult("+ Classifier-free", "3.18", "77.80", "84.97"),
  ]
}

/// The paper's tables with the run's own row beneath each.
struct PublishedTables {
  let metrics: EvaluationMetrics

  var html: String {
    """
    <section><h2>Beside the paper</h2>
    <p class="note">As published in \(PublishedResult.source). Only <code>clip_fid</code>, \
    <code>quality_score</code> and <code>clip_score</code> by the official protocol, with the paper's \
    reference pictures and mixture, over all 3,500 cases of COCOEE compare with these rows. \
    \(standing)</p>
    <h3 class="table">COCOEE</h3>
    \(table(PublishedResult.comparison))
    <h3 class="table">Ablation, each row with what is above it</h3>
    \(table(PublishedResult.ablation))
    </section>
    """
  }

  private var standing: String {
    metrics.isSubset
      ? "<b>The measured row does not: it is of \(metrics.count) cases, a subset.</b>"
      : "What the measured row rests on stands below."
  }

  private func table(_ published: [PublishedResult]) -> String {
    let rows = published.map {
      "<tr><th>\(escaped($0.method))</th><td>as published</td><td>\($0.fid)</td>"
        + "<td>\($0.qualityScore)</td><td>\($0.clipScore)</td></tr>"
    }
    let heads = ["Method", "Source", "FID (CLIP) ↓", "Quality score ↑", "CLIP score ↑"]
    return """
      <div class="scroll"><table class="numbers">
      <thead><tr>\(heads.map { "<th>\($0)</th>" }.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))
      \(measured)</tbody></table></div>
      """
  }

  private var measured: String {
    let cases = "\(metrics.count) cases\(metrics.isSubset ? ", subset" : "")"
    let columns: [any MetricDefinition] = [FrechetMetric.clip, QualityScore(), CLIPScore()]
    let cells = columns.map { metric in
      let text = metrics[metric].map { decimal($0.value, 2) } ?? "not measured"
      let interval = metrics[metric]?.ci95
        .map { "<small>\(decimal($0[0], 2)) to \(decimal($0[1], 2))</small>" }
      return "<td>\(text)\(interval ?? "")</td>"
    }
    return "<tr class=\"measured\"><th>\(escaped(metrics.settings.label))</th>"
      + "<td>measured, \(cases)</td>\(cells.joined())</tr>"
  }
}
