import Foundation
import Support

extension RunComparison {
  /// For the terminal.
  public var summary: String {
    var lines = ["A  \(a)", "B  \(b)", "paired over \(pairedCount) cases", ""]
    let head = ["metric", "better", "A", "B", "B - A", "95 %", "p", ""]
    let rows = differences.map { found in
      [
        found.figure.path, found.figure.better.rawValue,
        found.figure.text(found.a), found.figure.text(found.b), signed(found),
        found.intervalText ?? "-", found.pText ?? "-", found.verdict,
      ]
    }
    lines += TextTable(rows: [head] + rows).lines
    lines += notComparedLines + remarks
    if !settings.isEmpty {
      let changes = settings.map { "\($0.name) \($0.a) / \($0.b)" }
      lines.append("Settings that differ (A / B): \(changes.joined(separator: ", ")).")
    }
    return lines.joined(separator: "\n")
  }

  private func signed(_ found: MetricDifference) -> String {
    (found.difference >= 0 ? "+" : "") + found.figure.text(found.difference)
  }

  private var notComparedLines: [String] {
    metrics.figures.compactMap { figure in
      notCompared[figure.path].map { "\(figure.path) not compared: \($0)." }
    }
  }

  /// Writes the comparison as JSON or, when the name ends in `.html`, as a page.
  public func write(to file: URL) throws {
    if file.pathExtension.lowercased() == "html" {
      try AtomicFile.write(Data(page.utf8), to: file.relativePath)
    } else {
      try writeJSON(self, to: file)
    }
  }

  private var page: String {
    let rows = differences.map { found in
      let mark = found.isSignificant == true ? (found.worsening > 0 ? "worse" : "better") : ""
      let cells = [
        found.figure.text(found.a), found.figure.text(found.b),
        "\(signed(found))<small>\(found.intervalText ?? "no interval")</small>",
        found.pText ?? "–", found.verdict, "\(found.count)",
      ]
      return "<tr class=\"\(mark)\"><th>\(escaped(found.figure.title)) "
        + "\(found.figure.isBetterWhenLower ? "↓" : "↑")</th>"
        + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
    }
    let heads = ["Metric", "A", "B", "B − A", "p", "", "Cases"].map { "<th>\($0)</th>" }
    let notes = (notComparedLines + remarks).map { "<p class=\"note\">\(escaped($0))</p>" }
    let tests = differences.map {
      "<dt>\(escaped($0.figure.title))</dt><dd>\(escaped($0.protocol)) "
        + "<small>\(escaped($0.test))</small></dd>"
    }
    let changes = settings.map {
      "<tr><th>\(escaped($0.name))</th><td>\(escaped($0.a))</td><td>\(escaped($0.b))</td></tr>"
    }
    return Page(
      kicker: "comparison",
      title: "B against A: \(pairedCount) cases\(isSubset ? " (subset)" : "")",
      lead: "A is <code>\(escaped(a))</code>, B is <code>\(escaped(b))</code>.",
      body: """
        <section><div class="scroll"><table class="numbers"><thead><tr>\(heads.joined())</tr></thead>
        <tbody>\(rows.joined(separator: "\n"))</tbody></table></div></section>
        <section>\(notes.joined())</section>
        <section><h2>Protocols and tests</h2><dl>\(tests.joined(separator: "\n"))</dl></section>
        <section><h2>Settings that differ</h2><table><tr><th></th><th>A</th><th>B</th></tr>
        \(changes.joined(separator: "\n"))</table></section>
        """
    ).html
  }
}

extension MetricDifference {
  fileprivate var intervalText: String? {
    ci95.map { "[\(figure.text($0[0])), \(figure.text($0[1]))]" }
  }

  fileprivate var pText: String? { pValue?.significant(2) }
}

extension RunComparison: Encodable {
  enum CodingKeys: String, CodingKey {
    case a, b, metrics, remarks, settings, subset
    case pairedCount = "paired_cases"
    case missingInB = "missing_in_b"
    case notCompared = "not_compared"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(a, forKey: .a)
    try container.encode(b, forKey: .b)
    try container.encode(pairedCount, forKey: .pairedCount)
    try container.encode(missingInB, forKey: .missingInB)
    try container.encode(isSubset, forKey: .subset)
    let found = differences.map { ($0.figure.path, $0) }
    try container.encode(Dictionary(uniqueKeysWithValues: found), forKey: .metrics)
    try container.encode(notCompared, forKey: .notCompared)
    try container.encode(remarks, forKey: .remarks)
    let changes = settings.map { ($0.name, [$0.a, $0.b]) }
    try container.encode(Dictionary(uniqueKeysWithValues: changes), forKey: .settings)
  }
}
