import Foundation

/// `report.html`: one page that needs neither network nor other files.
struct ReportPage {
  let metrics: EvaluationMetrics
  let cases: [CaseRow]
  let shown: [ShownCase]

  func html() throws -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title)</title>
    <style>\(Self.style)</style>
    </head>
    <body>
    <header>
    <p class="kicker">Paint by Example · evaluation</p>
    <h1>\(title)</h1>
    <p class="lead">\(lead)</p>
    </header>
    <main>
    <section class="tiles">\(tiles)</section>
    \(problems)
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
    <section><h2>How it was made</h2>\(settings)</section>
    </main>
    </body>
    </html>

    """
  }

  private var title: String {
    metrics.isComplete
      ? "\(metrics.count) cases" : "\(metrics.count) of \(metrics.listed) cases"
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
      + tile("Background PSNR", number(metrics.background.psnr, 2) + " dB", "higher is better")
      + tile("Background SSIM", number(metrics.background.ssim, 4), "1 is equal")
      + tile(
        "Own reference", number(similarity.own, 3),
        "similarity; shuffled \(number(similarity.shuffled, 3))")
      + tile(
        "Difference", number(similarity.meanDifference, 3),
        "95 %: \(number(similarity.ci95[0], 3)) to \(number(similarity.ci95[1], 3))")
      + tile(
        "Wins against shuffled", "\(similarity.wins) / \(metrics.count)",
        "\(similarity.ties) ties, p = \(String(format: "%.2g", similarity.pValue))")
  }

  private var featureTiles: String {
    MetricName.allCases.compactMap { name in
      metrics.features[name].map { metric in
        let interval = metric.ci95.map { "95 %: \(number($0[0], 3)) to \(number($0[1], 3))" }
        return tile(
          name.title, number(metric.value, 3),
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
        + "<small>Protocol: \(escaped(M.protocolName)).</small></dd>\n"
    }
    let features = MetricName.allCases.compactMap { name in
      metrics.features[name].map { metric in
        "<dt>\(escaped(name.title))</dt><dd>\(escaped(name.explanation)) "
          + "<small>Protocol: \(escaped(metric.protocol)).</small>"
          + (metric.warning.map { "<small>\(escaped($0)).</small>" } ?? "") + "</dd>\n"
      }
    }
    return features.joined() + entry("Background", BackgroundMetric.self)
      + entry("Reference similarity", ReferenceSimilarityMetric.self)
      + entry("Inside the mask: \(number(metrics.inside.psnr, 2)) dB", InsideMetric.self)
  }

  private var problems: String {
    guard !metrics.problems.isEmpty else { return "" }
    let items = metrics.problems.map { "<li>\(escaped($0.description))</li>" }.joined()
    return """
      <details class="problems"><summary>\(metrics.problems.count) cases could not be scored</summary>
      <ul>\(items)</ul></details>
      """
  }

  private var settings: String {
    let settings = metrics.settings
    var rows = [
      ("bench", settings.bench), ("results", settings.results),
      ("result size", settings.resultSize), ("bench size", settings.benchSize),
      ("resized", settings.resize ?? "no"),
    ]
    if let made = settings.generation {
      rows += [
        ("model", made.model), ("weights", made.weights.rawValue),
        ("reference", made.reference.rawValue),
        ("sampler", made.sampler.rawValue), ("steps", "\(made.steps)"), ("scale", "\(made.scale)"),
        ("seed", "\(made.seed) + position in id_list.npy"),
      ]
    }
    rows += [("SHA-256 of bench", metrics.hashes.bench), ("of results", metrics.hashes.results)]
    let hashes = metrics.hashes
    let optional = [
      ("of model", hashes.model), ("of CLIP", hashes.clip), ("of InceptionV3", hashes.inception),
      ("of reference statistics", hashes.referenceStatistics),
      ("of Gaussian mixture", hashes.mixture),
    ]
    rows += optional.compactMap { name, hash in hash.map { (name, $0) } }
    rows += MetricName.allCases.compactMap { name in
      metrics.selection.leftOut[name].map { ("\(name.rawValue) left out", $0) }
    }
    let lines = rows.map { "<tr><th>\($0)</th><td>\(escaped($1))</td></tr>" }
    return "<table>\(lines.joined(separator: "\n"))</table>"
  }

  private func card(_ shown: ShownCase) throws -> String {
    let row = cases.first { $0.id == shown.identifier }
    let numbers = row.map {
      "own \(number($0.own, 2)) · shuffled \(number($0.shuffled, 2)) · \(number($0.psnr, 1)) dB"
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

  private func number(_ value: Double, _ places: Int) -> String {
    String(format: "%.\(places)f", value)
  }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }

  private static let style = """

    :root { --ink:#1c2024; --soft:#687076; --line:#e3e6e8; --page:#fafbfb; --card:#fff;
      --accent:#0f766e; --other:#c2410c; color-scheme: light dark; }
    @media (prefers-color-scheme: dark) { :root { --ink:#eceef0; --soft:#9ba1a6; --line:#2f3437;
      --page:#121416; --card:#1a1d1f; --accent:#2dd4bf; --other:#fb923c; } }
    * { box-sizing: border-box }
    body { margin:0; background:var(--page); color:var(--ink);
      font:16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif }
    header, main { max-width:1120px; margin:0 auto; padding:0 24px }
    header { padding-top:48px }
    h1 { font-size:40px; line-height:1.15; letter-spacing:-.02em; margin:0 0 8px }
    h2 { font-size:20px; margin:0 0 12px }
    h3 { font-size:13px; font-weight:500; color:var(--soft); margin:0 }
    section { margin:40px 0 }
    code, td { overflow-wrap:anywhere }
    .kicker { color:var(--accent); font-weight:600; margin:0 0 4px }
    .lead, .note, figcaption, small, dd { color:var(--soft) }
    .lead, .note { margin:0 0 16px }
    .tiles { display:grid; gap:12px; grid-template-columns:repeat(auto-fit, minmax(180px, 1fr)) }
    .tile, article, figure, .problems { background:var(--card); border:1px solid var(--line);
      border-radius:12px }
    .tile { padding:16px }
    .tile b { display:block; font-size:28px; line-height:1.3; font-variant-numeric:tabular-nums }
    .problems { padding:12px 16px; border-color:var(--other) }
    summary { cursor:pointer; font-weight:600 }
    .split { display:grid; gap:32px; grid-template-columns:minmax(280px, 380px) 1fr }
    @media (max-width:760px) { .split { grid-template-columns:1fr } }
    figure { margin:0; padding:16px }
    figcaption { font-size:14px }
    svg { width:100%; height:auto; font-size:12px }
    dt { font-weight:600; margin-top:12px } dd { margin:0 } dd small { display:block }
    .cases { display:grid; gap:12px; grid-template-columns:repeat(auto-fill, minmax(480px, 1fr)) }
    @media (max-width:560px) { .cases { grid-template-columns:1fr } }
    article { padding:12px } article p { margin:8px 0 0; font-size:14px; color:var(--soft) }
    article b { color:var(--ink); margin-right:8px; font-variant-numeric:tabular-nums }
    article.win b::before { content:"● "; color:var(--accent) }
    article.loss b::before { content:"● "; color:var(--other) }
    .pictures { display:grid; gap:8px; grid-template-columns:repeat(4, 1fr); align-items:end;
      font-size:12px; text-align:center; color:var(--soft) }
    .pictures img { display:block; width:100%; border-radius:6px; margin-bottom:4px }
    table { border-collapse:collapse; width:100%; font-size:14px }
    th, td { text-align:left; vertical-align:top; padding:6px 16px 6px 0;
      border-top:1px solid var(--line) }
    th { font-weight:500; color:var(--soft); white-space:nowrap }

    """
}

/// Own against shuffled similarity, a dot a case.
private struct SimilarityPlot {
  let cases: [CaseRow]

  var svg: String {
    let ticks = [0, 0.25, 0.5, 0.75, 1].map { value in
      """
      <text x="\(x(value))" y="338" text-anchor="middle">\(value)</text>
      <text x="34" y="\(y(value) + 4)" text-anchor="end">\(value)</text>
      <path d="M40 \(y(value))H340M\(x(value)) 20V320" stroke="var(--line)"/>
      """
    }
    let dots = cases.map { row in
      let colour = row.own > row.shuffled ? "var(--accent)" : "var(--other)"
      return "<circle cx=\"\(x(row.shuffled))\" cy=\"\(y(row.own))\" r=\"3.5\" fill=\"\(colour)\"/>"
    }
    return """
      <svg viewBox="0 0 360 360" role="img" aria-label="Similarity, own against shuffled"
      fill="var(--soft)" stroke-width="1">\(ticks.joined())
      <path d="M40 320L340 20" stroke="var(--soft)" stroke-dasharray="4 4"/>
      <g opacity=".7">\(dots.joined())</g>
      <text x="190" y="356" text-anchor="middle">similarity to another's reference</text>
      <text transform="translate(10 170) rotate(-90)" text-anchor="middle">\
      similarity to its own</text></svg>
      """
  }

  private func x(_ similarity: Double) -> Double { rounded(40 + 300 * similarity) }
  private func y(_ similarity: Double) -> Double { rounded(320 - 300 * similarity) }
  private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
