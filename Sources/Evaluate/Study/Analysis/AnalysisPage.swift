import Support
import Tensors

/// `analysis.html`: what the study found, and what that rests on.
struct AnalysisPage {
  let analysis: StudyAnalysis

  var html: String {
    Page(
      kicker: "study", title: title, lead: escaped(StudyAnalysis.basis),
      body: """
        <style>\(RankPlot.style)</style>
        <section class="tiles">\(tiles)</section>
        \(notes(analysis.notes + leftOut))
        \(analysis.questions.map(section).joined(separator: "\n"))
        \(raters)
        <section><h2>What the numbers mean</h2><dl>\(explanations)</dl></section>
        """
    ).html
  }

  private var title: String {
    "\(analysis.methods.count) methods, ranked by \(analysis.checks.raters.count) "
      + (analysis.checks.raters.count == 1 ? "rater" : "raters")
  }

  private var tiles: String {
    let counts = analysis.questions.map { "\($0.question): \($0.counts.rankings)" }
    let rankings = analysis.questions.reduce(0) { $0 + $1.counts.rankings }
    let groups = analysis.questions.map(\.counts.groups).max() ?? 0
    return [
      ("Rankings", "\(rankings)", counts.joined(separator: ", ")),
      (
        "Raters", "\(analysis.checks.raters.count - analysis.excluded.count)",
        analysis.excluded.isEmpty ? "all are analysed" : "\(analysis.excluded.count) left out"
      ),
      ("Groups", "\(groups)", "cases of the bench"),
      ("Flagged", "\(analysis.flagged.count)", "raters who seem to answer at random"),
    ].map { title, value, note in
      "<div class=\"tile\"><h3>\(title)</h3><b>\(value)</b><small>\(escaped(note))</small></div>"
    }.joined(separator: "\n")
  }

  private var leftOut: [String] {
    let count = analysis.leftOut.count
    guard count > 0 else { return [] }
    return [
      "\(count) rankings were left out: " + analysis.leftOut.prefix(10).joined(separator: "; ")
    ]
  }

  private func notes(_ lines: [String]) -> String {
    lines.map { "<p class=\"note\">\(escaped($0))</p>" }.joined(separator: "\n")
  }

  // MARK: A question

  private func section(_ question: QuestionAnalysis) -> String {
    let caption =
      "Dots are mean ranks, lines their 95 % intervals."
      + (isPublished(question) ? " Hollow: as published." : "")
    return """
      <section><h2>\(escaped(question.question.capitalizedFirst))</h2>
      <p class="note">\(escaped(question.countText)).</p>
      <figure>\(RankPlot(question: question).svg)<figcaption>\(caption)</figcaption></figure>
      <h3 class="table">Mean ranks and strengths</h3>
      \(methodTable(question))
      <h3 class="table">Every pair</h3>
      \(pairTable(question))
      <h3 class="table">Tests</h3>
      \(testTable(question))
      \(notes(question.notes))</section>
      """
  }

  private func isPublished(_ question: QuestionAnalysis) -> Bool {
    question.systems.contains {
      PublishedStudy.meanRank(of: $0.method, for: question.question) != nil
    }
  }

  private func methodTable(_ question: QuestionAnalysis) -> String {
    let isPublished = isPublished(question)
    let rows = question.sorted.map { row in
      let published = PublishedStudy.meanRank(of: row.method, for: question.question)
      let cells =
        [
          row.meanRank.fixed(2) + small(row.meanRankInterval, 2),
          (row.strength?.fixed(3) ?? "–") + small(row.strengthInterval, 3),
        ] + (isPublished ? [published?.fixed(2) ?? "–"] : [])
      return tableRow(row.method, cells)
    }
    let heads =
      ["Method", "Mean rank ↓", "Strength ↑"] + (isPublished ? ["The paper’s mean rank"] : [])
    return table(heads, rows)
  }

  /// Each row's method less each column's: above zero where the column's is better.
  private func pairTable(_ question: QuestionAnalysis) -> String {
    let order = question.systems.indices.sorted {
      question.systems[$0].meanRank < question.systems[$1].meanRank
    }
    let rows = order.map { row in
      tableRow(
        question.methods[row],
        order.map { column in
          guard let pair = question.pairs.first(where: { $0.better == column && $0.worse == row })
          else { return "" }
          let text = "+\(pair.difference.fixed(2))"
          let mark = pair.isTold ? "<span class=\"told\">\(text)</span>" : text
          let chance = pair.pValue.map { "p \(escaped(pText($0)))" } ?? "no interval"
          return mark + small(pair.interval, 2) + "<small>\(chance)</small>"
        })
    }
    return table(["Worse than"] + order.map { question.methods[$0] }, rows)
      + """
      <p class="note">By how much the row’s mean rank is above the column’s, its 95 % interval, and the \
      p-value by Holm’s method. Coloured: told apart.</p>
      """
  }

  private func testTable(_ question: QuestionAnalysis) -> String {
    let rows = question.tests.map { test in
      let friedman = test.friedman
      return tableRow(
        test.blocks.rawValue,
        [
          "\(test.count)", friedman?.chiSquared.fixed(2) ?? "–",
          friedman.map { escaped(pText($0.pValue)) } ?? "–", friedman?.f?.fixed(2) ?? "–",
          friedman.map { escaped(pText($0.fPValue)) } ?? "–",
          friedman?.concordance.fixed(3) ?? "–", test.criticalDifference.fixed(3),
          told(question, test.blocks, \.nemenyi), told(question, test.blocks, \.conover),
        ])
    }
    let heads = [
      "Blocks", "n", "Friedman χ²", "p", "Iman–Davenport F", "p", "Kendall’s W",
      "Critical difference", "Told apart by Nemenyi", "by Conover, Holm",
    ]
    return table(heads, rows)
  }

  private func told(
    _ question: QuestionAnalysis, _ blocks: RankingBlocks,
    _ test: (QuestionAnalysis.PairResult) -> [RankingBlocks: Double]
  ) -> String {
    let found = question.pairs.compactMap { test($0)[blocks] }
    return found.isEmpty ? "–" : "\(found.count { $0 < 0.05 }) of \(found.count) pairs"
  }

  // MARK: Raters

  private var raters: String {
    let rows = analysis.checks.raters.map { rater in
      let attention =
        rater.attentionShown == 0 ? "–" : "\(rater.attentionPassed) of \(rater.attentionShown)"
      return tableRow(
        rater.code,
        [
          "\(rater.rankings)", rater.agreement?.fixed(2) ?? "–",
          rater.agreementChance.map { $0.significant(2) } ?? "–",
          rater.consistency?.fixed(2) ?? "–", attention,
          rater.medianSeconds.map { "\($0.fixed(0)) s" } ?? "–",
          escaped(rater.flags.joined(separator: "; ")),
        ], mark: rater.isFlagged ? "flagged" : "")
    }
    let heads = [
      "Rater", "Rankings", "Agreement with others", "At random as well", "With own repeats",
      "Spoiled seen", "Median time", "",
    ]
    return """
      <section><h2>Raters</h2>
      \(notes([analysis.checks.rule, analysis.checks.falseAlarms].compactMap { $0 }))
      \(table(heads, rows))</section>
      """
  }

  // MARK: Words

  private var explanations: String {
    [
      ("Mean rank", "Over all rankings; 1 is best. Intervals: \(StudyAnalysis.intervals)."),
      (
        "Strength",
        "The chance to come first under a Plackett–Luce model, in which a ranking is drawn "
          + "place by place, each method in proportion to its strength."
      ),
      (
        "Told apart",
        "The two-way bootstrap’s p-value, by Holm’s method for all pairs of a question, "
          + "is below 0.05."
      ),
      (
        "Blocks",
        "What a test takes for one independent answer: a ranking; a rater’s ranking of the "
          + "mean ranks over groups; a group’s over raters."
      ),
      (
        "Critical difference",
        "By how much mean ranks of so many blocks must differ in Nemenyi’s test "
          + "at 5 %."
      ),
      (
        "Agreement",
        "The mean rank correlation of a rater’s rankings with the other raters’ mean ranks "
          + "of the same group. “At random as well”: how many who answer at random would agree as well."
      ),
      (
        "The paper",
        "\(PublishedStudy.source): \(PublishedStudy.raters) raters, "
          + "\(PublishedStudy.groups) groups, without intervals. Other pictures, other people."
      ),
    ].map { "<dt>\(escaped($0))</dt><dd>\(escaped($1))</dd>" }.joined(separator: "\n")
  }

  // MARK: Tables

  private func small(_ interval: [Double]?, _ places: Int) -> String {
    interval.map { "<small>\($0[0].fixed(places)) to \($0[1].fixed(places))</small>" } ?? ""
  }

  /// - Parameter cells: Markup.
  private func tableRow(_ head: String, _ cells: [String], mark: String = "") -> String {
    "<tr class=\"\(mark)\"><th>\(escaped(head))</th>"
      + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
  }

  private func table(_ heads: [String], _ rows: [String]) -> String {
    """
    <div class="scroll"><table class="numbers">
    <thead><tr>\(heads.map { "<th>\(escaped($0))</th>" }.joined())</tr></thead>
    <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
    """
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
