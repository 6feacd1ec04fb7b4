import Foundation

/// `report.html`: one page that needs neither network nor other files.
struct ReportPage {
  let metrics: EvaluationMetrics
  let cases: [CaseRow]
  let shown: [ShownCase]

  func html() throws -> String {
    Page(
      kicker: "evaluation", title: title, lead: lead,
      body: """
        <section class="tiles">\(tiles)</section>
        \(problems)
        \(PublishedTables(metrics: metrics).html)
        <section class="split">
        <figure>\(SimilarityPlot(cases: cases).svg)
        <figcaption>Each dot is a case: similarity to its own reference (up) against similarity to
        another case's (right). Above the line the result takes after its own.</figcaption></figure>
        <div><h2>What the numbers mean</h2><dl>\(explanations)</dl></div>
        </section>
        <section><h2>Cases</h2>
        <p class="note">The first \(shown.count) of \(metrics.count), in the bench's order; none are
        picked.</p>
        <div class="cases">\(try shown.map(card).joined())</div></section>
        <section><h2>How it was made</h2>\(SettingsTable(metrics: metrics).html)</section>
        """
    ).html
  }

  private var title: String {
    let count =
      metrics.isComplete
      ? "\(metrics.count) cases" : "\(metrics.count) of \(metrics.listed) cases"
    return count + (metrics.isSubset ? " (subset)" : "")
  }

  private var lead: String {
    let settings = metrics.settings
    let partial =
      metrics.isComplete
      ? "" : " Not the whole bench: such numbers don't compare with those of all its cases."
    let remarks =
      (metrics.isSubset ? [EvaluationReport.subsetRemark(metrics)] : [])
      + (metrics.jpegFiles.isEmpty ? [] : [EvaluationReport.jpegRemark(metrics)])
    return "Results of \(escaped(settings.resultSize)) pixels on the bench "
      + "<code>\(escaped(settings.bench))</code>.\(partial)"
      + remarks.map { " \(escaped($0))" }.joined()
  }

  private var tiles: String {
    let similarity = metrics.referenceSimilarity
    return featureTiles
      + tile(
        "Background PSNR", decimal(metrics.background.psnr, 2) + " dB",
        "95 %: \(decimal(metrics.background.ci95[0], 2)) to \(decimal(metrics.background.ci95[1], 2))"
      )
      + tile("Background SSIM", decimal(metrics.background.ssim, 4), "1 is equal")
      + tile(
        "Own reference", decimal(similarity.own, 3),
        "similarity; shuffled \(decimal(similarity.shuffled, 3))")
      + tile(
        "Difference", decimal(similarity.meanDifference, 3),
        "95 %: \(decimal(similarity.ci95[0], 3)) to \(decimal(similarity.ci95[1], 3))")
      + tile(
        "Wins against shuffled", "\(similarity.wins) / \(metrics.count)",
        "\(similarity.ties) ties, p = \(String(format: "%.2g", similarity.pValue))")
  }

  private var featureTiles: String {
    MetricName.allCases.compactMap { name in
      metrics.features[name].map { metric in
        let interval = metric.ci95.map { "95 %: \(decimal($0[0], 3)) to \(decimal($0[1], 3))" }
        return tile(
          name.title, decimal(metric.value, 3),
          "\(interval ?? "no interval"); \(metric.count) cases")
      }
    }.joined()
  }

  private func tile(_ name: String, _ value: String, _ note: String) -> String {
    "<div class=\"tile\"><h3>\(name)</h3><b>\(value)</b><small>\(note)</small></div>\n"
  }

  private var explanations: String {
    func entry<M: Metric>(_ name: String, _ metric: M.Type) -> String {
      "<dt>\(name)</dt><dd>\(escaped(M.explanation)) "
        + "<small>Protocol: \(escaped(M.protocolName)). "
        + "Interval: \(FeatureMetrics.percentiles).</small></dd>\n"
    }
    let features = MetricName.allCases.compactMap { name in
      metrics.features[name].map { metric in
        "<dt>\(escaped(name.title))</dt><dd>\(escaped(name.explanation)) "
          + "<small>Protocol: \(escaped(metric.protocol)).</small>"
          + (metric.interval.map { "<small>Interval: \(escaped($0)).</small>" } ?? "")
          + (metric.warning.map { "<small>\(escaped($0)).</small>" } ?? "") + "</dd>\n"
      }
    }
    return features.joined() + entry("Background", BackgroundMetric.self)
      + entry("Reference similarity", ReferenceSimilarityMetric.self)
      + entry("Inside the mask: \(decimal(metrics.inside.psnr, 2)) dB", InsideMetric.self)
  }

  private var problems: String {
    guard !metrics.problems.isEmpty else { return "" }
    let items = metrics.problems.map { "<li>\(escaped($0.description))</li>" }.joined()
    return """
      <details class="problems"><summary>\(metrics.problems.count) cases could not be scored</summary>
      <ul>\(items)</ul></details>
      """
  }

  private func card(_ shown: ShownCase) throws -> String {
    let row = cases.first { $0.id == shown.identifier }
    let numbers = row.map {
      "own \(decimal($0.own, 2)) · shuffled \(decimal($0.shuffled, 2)) · \(decimal($0.psnr, 1)) dB"
    }
    let pictures = try zip(ShownCase.titles, shown.images).map { title, image in
      let data = try image.pngData().base64EncodedString()
      return "<div><img alt=\"\(title)\" src=\"data:image/png;base64,\(data)\">\(title)</div>"
    }
    let mark = row.map { $0.own > $0.shuffled ? "win" : "loss" } ?? ""
    return """
      <article class="\(mark)"><div class="pictures">\(pictures.joined())</div>
      <p><b>\(escaped(shown.identifier))</b> \(numbers ?? "")</p></article>

      """
  }
}
