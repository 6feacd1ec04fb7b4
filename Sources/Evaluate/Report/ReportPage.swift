import Foundation
import Support

/// `report.html`: one page that needs neither network nor other files.
struct ReportPage {
  let metrics: EvaluationMetrics
  let rows: [CaseRow]
  let shown: [ShownCase]

  func html() throws -> String {
    Page(
      kicker: "evaluation", title: title, lead: lead,
      body: """
        <section class="tiles">\(tiles)</section>
        \(problems)
        \(PublishedTables(metrics: metrics).html)
        <section class="split">
        <figure>\(SimilarityPlot(rows: rows).svg)
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
      (metrics.isSubset ? [metrics.subsetRemark] : [])
      + (metrics.jpegFiles.isEmpty ? [] : [metrics.jpegRemark])
    return "Results of \(escaped(settings.resultSize)) pixels on the bench "
      + "<code>\(escaped(settings.bench))</code>.\(partial)"
      + remarks.map { " \(escaped($0))" }.joined()
  }

  /// Of all that was measured, selected or not.
  private var found: [(metric: any MetricDefinition, result: MetricResult)] {
    metrics.selection.list.metrics.compactMap { metric in metrics[metric].map { (metric, $0) } }
  }

  private var tiles: String {
    found.flatMap { $0.tiles($1) }.map { tile in
      "<div class=\"tile\"><h3>\(tile.title)</h3><b>\(tile.value)</b>"
        + "<small>\(tile.note)</small></div>\n"
    }.joined()
  }

  /// Those without a tile come last, with their number.
  private var explanations: String {
    let tiled = found.filter { !$0.tiles($1).isEmpty }
    let others = found.filter { $0.tiles($1).isEmpty }
    return tiled.map { explanation($0.title, $0, $1) }.joined()
      + others.map { metric, result in
        let figure = metric.figures[0]
        let value = [figure.text(result.value), figure.unit].compactMap { $0 }
        return explanation("\(metric.title): \(value.joined(separator: " "))", metric, result)
      }.joined()
  }

  private func explanation(
    _ title: String, _ metric: any MetricDefinition, _ result: MetricResult
  ) -> String {
    let interval = result.interval ?? MetricResult.percentiles
    let notes: [String?] =
      metric is any PictureMetric
      ? ["Protocol: \(result.protocol). Interval: \(interval)."]
      : [
        "Protocol: \(result.protocol).", result.interval.map { "Interval: \($0)." },
        result.warning.map { "\($0)." },
      ]
    return "<dt>\(escaped(title))</dt><dd>\(escaped(metric.explanation)) "
      + notes.compactMap { $0 }.map { "<small>\(escaped($0))</small>" }.joined() + "</dd>\n"
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
    let row = rows.first { $0.id == shown.identifier }?.numbers ?? [:]
    let numbers = [
      row["own"].map { "own \($0.fixed(2))" },
      row["shuffled"].map { "shuffled \($0.fixed(2))" },
      row["psnr"].map { "\($0.fixed(1)) dB" },
    ].compactMap { $0 }.joined(separator: " · ")
    let pictures = try zip(ShownCase.titles, shown.images).map { title, image in
      let data = try image.pngData().base64EncodedString()
      return "<div><img alt=\"\(title)\" src=\"data:image/png;base64,\(data)\">\(title)</div>"
    }
    let isNearer = row["own"].flatMap { own in row["shuffled"].map { own > $0 } }
    let mark = isNearer.map { $0 ? "win" : "loss" } ?? ""
    return """
      <article class="\(mark)"><div class="pictures">\(pictures.joined())</div>
      <p><b>\(escaped(shown.identifier))</b> \(numbers)</p></article>

      """
  }
}
