import Support

/// `sweep.html`: the table, the picture and what they rest on.
struct SweepPage {
  let report: SweepReport

  var html: String {
    let first = report.runs[0].metrics
    return Page(
      kicker: "sweep", title: "\(report.subject): \(report.runs.count) settings",
      lead: "\(escaped(first.settings.label)) on <code>\(escaped(first.settings.bench))</code>, "
        + "\(report.extent). Every row is an evaluation of its own, with the same seeds.",
      body: """
        <div class="wide">\(report.plot.svg)</div>
        <section><h2>Every metric against the setting</h2>
        <p class="note">Beneath each value its 95 % interval. The colour marks the best value of a
        column; where intervals overlap it need not be better.</p>
        \(table)</section>
        <section><h2>Protocols</h2><dl>\(protocols)</dl></section>
        <section><h2>How it was made</h2>\(settings)</section>
        """
    ).html
  }

  private var table: String {
    let heads = report.figures.map { figure in
      "<th>\(escaped(figure.title)) \(figure.isBetterWhenLower ? "↓" : "↑")</th>"
    }
    let rows = report.runs.map { run in
      let link = "<a href=\"\(escaped(run.setting.folder))/report.html\">"
      let cells = report.figures.map { cell($0, run) }
      return "<tr><th>\(link)\(escaped(run.setting.label))</a></th>\(cells.joined())</tr>"
    }
    return """
      <div class="scroll"><table class="numbers">
      <thead><tr><th>Setting</th>\(heads.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
      """
  }

  private func cell(_ figure: Figure, _ run: SweepReport.Run) -> String {
    guard let found = run.values[figure.path] else { return "<td>–</td>" }
    let interval = found.ci95.map {
      "<small>\(figure.text($0[0])) to \(figure.text($0[1]))</small>"
    }
    let all = report.runs.compactMap { $0.values[figure.path]?.value }
    let best = figure.isBetterWhenLower ? all.min() : all.max()
    let mark = found.value == best && all.count > 1 ? " class=\"better\"" : ""
    return "<td\(mark)>\(figure.text(found.value))\(interval ?? "")</td>"
  }

  private var protocols: String {
    report.figures.compactMap { figure in
      report.runs.lazy.compactMap { $0.values[figure.path] }.first.map {
        "<dt>\(escaped(figure.title))</dt><dd>\(escaped($0.protocol)), \(figure.direction); "
          + "<code>\(figure.path)</code></dd>"
      }
    }.joined(separator: "\n")
  }

  private var settings: String {
    let first = report.runs[0]
    let swept: [String?] = [
      first.setting.scale == nil ? nil : "scale", first.setting.steps == nil ? nil : "steps",
      "results", "SHA-256 of results",
    ]
    return SettingsTable(metrics: first.metrics, omitted: Set(swept.compactMap { $0 })).html
  }
}
