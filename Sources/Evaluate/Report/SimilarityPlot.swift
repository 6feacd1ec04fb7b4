/// Own against shuffled similarity, a dot a case.
struct SimilarityPlot {
  let rows: [CaseRow]

  var svg: String {
    let ticks = [0, 0.25, 0.5, 0.75, 1].map { value in
      """
      <text x="\(x(value))" y="338" text-anchor="middle">\(value)</text>
      <text x="34" y="\(y(value) + 4)" text-anchor="end">\(value)</text>
      <path d="M40 \(y(value))H340M\(x(value)) 20V320" stroke="var(--line)"/>
      """
    }
    let dots = rows.compactMap { row -> String? in
      guard let own = row.numbers["own"], let shuffled = row.numbers["shuffled"] else { return nil }
      let colour = own > shuffled ? "var(--accent)" : "var(--other)"
      return "<circle cx=\"\(x(shuffled))\" cy=\"\(y(own))\" r=\"3.5\" fill=\"\(colour)\"/>"
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
