import Support

/// Mean ranks as dots on a line from the best rank to the worst, with their intervals; published ones
/// as hollow dots beside them.
struct RankPlot {
  let question: QuestionAnalysis

  private static let width = 760.0
  private static let left = 190.0
  private static let rowHeight = 40.0
  private static let top = 16.0

  private var bottom: Double { Self.top + Self.rowHeight * Double(question.systems.count) }

  var svg: String {
    let height = bottom + 44
    let rows = question.sorted.enumerated().map {
      row($1, Self.top + Self.rowHeight * (Double($0) + 0.5))
    }
    return """
      <svg class="ranks" xmlns="http://www.w3.org/2000/svg" role="img" \
      aria-label="Mean ranks of \(escaped(question.question)), 1 is best" \
      viewBox="0 0 \(Self.width) \(height)">
      \(grid.joined(separator: "\n"))
      \(rows.joined(separator: "\n"))
      </svg>
      """
  }

  private func x(_ rank: Double) -> Double {
    let span = Double(question.systems.count - 1)
    let place = Self.left + 20 + (Self.width - Self.left - 60) * (rank - 1) / span
    return (place * 100).rounded() / 100
  }

  private var grid: [String] {
    (1...question.systems.count).map { rank in
      let place = x(Double(rank))
      return """
        <line class="grid" x1="\(place)" x2="\(place)" y1="\(Self.top)" y2="\(bottom)"/>
        <text class="soft" x="\(place)" y="\(bottom + 18)" text-anchor="middle">\(rank)</text>
        """
    } + [
      """
      <text class="soft" x="\(x(1))" y="\(bottom + 36)" text-anchor="middle">best</text>
      <text class="soft" x="\(x(Double(question.systems.count)))" y="\(bottom + 36)" \
      text-anchor="middle">worst</text>
      """
    ]
  }

  private func row(_ system: QuestionAnalysis.SystemResult, _ y: Double) -> String {
    let place = x(system.meanRank)
    let interval = system.meanRankInterval.map { ends in
      """
      <line class="bar" x1="\(x(ends[0]))" x2="\(x(ends[1]))" y1="\(y)" y2="\(y)"/>
      <line class="bar" x1="\(x(ends[0]))" x2="\(x(ends[0]))" y1="\(y - 5)" y2="\(y + 5)"/>
      <line class="bar" x1="\(x(ends[1]))" x2="\(x(ends[1]))" y1="\(y - 5)" y2="\(y + 5)"/>
      """
    }
    let published = PublishedStudy.meanRank(of: system.method, for: question.question).map {
      "<circle class=\"paper\" cx=\"\(x($0))\" cy=\"\(y)\" r=\"5\"/>"
    }
    let name = system.method.count > 26 ? system.method.prefix(25) + "…" : system.method[...]
    return """
      <text class="ink" x="\(Self.left)" y="\(y + 4)" text-anchor="end">\(escaped(String(name)))</text>
      \(interval ?? "")
      \(published ?? "")
      <circle class="dot" cx="\(place)" cy="\(y)" r="6"/>
      <text class="ink" x="\(place)" y="\(y - 10)" text-anchor="middle">\(system.meanRank.fixed(2))</text>
      """
  }

  static let style = """
    .ranks { font-size:13px } .ranks .ink { fill:var(--ink) } .ranks .soft { fill:var(--soft) }
    .ranks .grid { stroke:var(--line) } .ranks .bar { stroke:var(--accent); stroke-width:2 }
    .ranks .dot { fill:var(--accent) }
    .ranks .paper { fill:var(--card); stroke:var(--other); stroke-width:2 }
    .told { color:var(--accent); font-weight:600 } .flagged th { color:var(--other) }
    """
}
