import Foundation
import Support

/// A report that is written twice: as Markdown for the documentation, and as one page.
struct ReportDocument {
  enum Part {
    case heading(String)
    /// A paragraph; `code` in backticks and nothing else is marked up.
    case text(String)
    case table(head: [String], rows: [[String]])
    /// A PNG by its file name, and what it shows.
    case picture(name: String, data: Data, shows: String)
    case plot(name: String, PanelPlot, shows: String)
  }

  let title: String
  let lead: String
  let parts: [Part]

  /// - Parameter pictures: the folder of the pictures, as links have it.
  func markdown(pictures: String) -> String {
    (["# \(title)", lead]
      + parts.map { part in
        switch part {
        case .heading(let title): "## \(title)"
        case .text(let text): text
        case .table(let head, let rows):
          ([head, head.map { _ in "---" }] + rows)
            .map {
              "| " + $0.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
            }
            .joined(separator: "\n")
        case .picture(let name, _, let shows): "![\(shows)](\(pictures)/\(name))"
        case .plot(let name, _, let shows): "![\(shows)](\(pictures)/\(name))"
        }
      }).joined(separator: "\n\n") + "\n"
  }

  /// The files that the Markdown links to.
  var files: [(name: String, data: Data)] {
    parts.compactMap { part in
      switch part {
      case .picture(let name, let data, _): (name, data)
      case .plot(let name, let plot, _): (name, Data(plot.svg.utf8))
      default: nil
      }
    }
  }

  var page: Page {
    Page(
      kicker: "the paper in miniature", title: title, lead: Self.marked(lead),
      body: parts.map(Self.html).joined(separator: "\n"))
  }

  private static func html(_ part: Part) -> String {
    switch part {
    case .heading(let title): return "<h2>\(escaped(title))</h2>"
    case .text(let text): return "<p>\(marked(text))</p>"
    case .table(let head, let rows):
      let heads = head.map { "<th>\(escaped($0))</th>" }.joined()
      let lines = rows.map { row in
        "<tr><th>\(marked(row.first ?? ""))</th>"
          + row.dropFirst().map { "<td>\(marked($0))</td>" }.joined() + "</tr>"
      }
      return """
        <div class="scroll"><table class="numbers"><thead><tr>\(heads)</tr></thead>
        <tbody>\(lines.joined(separator: "\n"))</tbody></table></div>
        """
    case .picture(_, let data, let shows):
      return """
        <figure><img alt="\(escaped(shows))" style="max-width:100%" \
        src="data:image/png;base64,\(data.base64EncodedString())">
        <figcaption>\(escaped(shows))</figcaption></figure>
        """
    case .plot(_, let plot, let shows):
      return "<figure>\(plot.svg)<figcaption>\(escaped(shows))</figcaption></figure>"
    }
  }

  /// What stands between backticks as code, and between double asterisks strong.
  private static func marked(_ text: String) -> String {
    escaped(text)
      .replacing(/`([^`]*)`/) { "<code>\($0.output.1)</code>" }
      .replacing(/\*\*([^*]*)\*\*/) { "<b>\($0.output.1)</b>" }
  }
}

extension Estimate {
  /// "3.21 (3.02 to 3.40)".
  func text(_ places: Int = 2) -> String {
    "\(Self.text(value, places)) (\(Self.text(low, places)) to \(Self.text(high, places)))"
  }

  /// The same with a plus where it is one.
  func signedText(_ places: Int = 2) -> String { (value < 0 ? "" : "+") + text(places) }

  private static func text(_ value: Double, _ places: Int) -> String {
    (value < 0 ? "−" : "") + abs(value).fixed(places)
  }
}
