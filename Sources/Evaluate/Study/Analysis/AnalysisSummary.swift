import Support
import Tensors

extension StudyAnalysis {
  /// For the terminal.
  public var summary: String {
    var lines: [String] = []
    for question in questions { lines += question.summary + [""] }
    lines += raterLines + [""] + [Self.basis]
    lines += notes
    if !leftOut.isEmpty {
      lines.append("\(leftOut.count) rankings were left out (all in analysis.json):")
      lines += leftOut.prefix(10).map { "  \($0)" }
    }
    return lines.joined(separator: "\n")
  }

  private var raterLines: [String] {
    var lines = ["Raters: \(checks.raters.count), \(flagged.count) flagged"]
    lines += flagged.map { rater in
      let agreement = rater.agreement.map { ", agreement \($0.fixed(2))" } ?? ""
      return "  \(rater.code)\(agreement): \(rater.flags.joined(separator: "; "))"
    }
    lines.append(checks.rule)
    if let falseAlarms = checks.falseAlarms { lines.append(falseAlarms) }
    if !excluded.isEmpty {
      lines.append("Left out of all numbers above: \(excluded.joined(separator: ", ")).")
    } else if !flagged.isEmpty {
      lines.append("Their answers are part of all numbers above.")
    }
    return lines
  }
}

extension QuestionAnalysis {
  /// The methods, best first.
  var sorted: [SystemResult] { systems.sorted { $0.meanRank < $1.meanRank } }

  /// The pairs, by the better one, then the worse one.
  var sortedPairs: [PairResult] {
    let places = systems.indices.sorted { systems[$0].meanRank < systems[$1].meanRank }
    func place(_ system: Int) -> Int { places.firstIndex(of: system) ?? 0 }
    return pairs.sorted {
      (place($0.better), place($0.worse)) < (place($1.better), place($1.worse))
    }
  }

  var countText: String {
    "\(counts.rankings) rankings by \(counts.raters) raters of \(counts.groups) groups"
  }

  fileprivate var summary: [String] {
    var lines = ["\(question): \(countText)", ""]
    let isPublished = systems.contains {
      PublishedStudy.meanRank(of: $0.method, for: question) != nil
    }
    let head = ["method", "mean rank", "95 %", "strength", "95 %"]
    let rows = sorted.map { row in
      [
        row.method, row.meanRank.fixed(2), intervalText(row.meanRankInterval, 2),
        row.strength?.fixed(3) ?? "-", intervalText(row.strengthInterval, 3),
      ]
        + (isPublished
          ? [PublishedStudy.meanRank(of: row.method, for: question)?.fixed(2) ?? "-"] : [])
    }
    lines += TextTable(rows: [head + (isPublished ? ["paper"] : [])] + rows).lines + [""]
    let pairHead = ["better", "than", "by", "95 %", "p (Holm)", ""]
    let pairRows = sortedPairs.map { pair in
      [
        methods[pair.better], methods[pair.worse], pair.difference.fixed(2),
        intervalText(pair.interval, 2), pair.pValue.map { pText($0) } ?? "-",
        pair.isTold ? "told apart" : "not told apart",
      ]
    }
    lines += TextTable(rows: [pairHead] + pairRows).lines + [""]
    let testHead = ["blocks", "n", "Friedman chi2", "p", "Kendall's W", "critical difference"]
    let testRows = tests.map { test in
      [
        test.blocks.rawValue, "\(test.count)", test.friedman?.chiSquared.fixed(2) ?? "-",
        test.friedman.map { pText($0.pValue) } ?? "-", test.friedman?.concordance.fixed(3) ?? "-",
        test.criticalDifference.fixed(3),
      ]
    }
    lines += TextTable(rows: [testHead] + testRows).lines
    if let agreement = agreementWithinGroups {
      lines.append("Kendall's W of the raters on one group: \(agreement.fixed(3)) on average.")
    }
    return lines + notes
  }
}

/// `[1.50, 2.10]`; a dash where there is none.
func intervalText(_ interval: [Double]?, _ places: Int) -> String {
  interval.map { "[\($0[0].fixed(places)), \($0[1].fixed(places))]" } ?? "-"
}

/// A p-value with two digits.
func pText(_ value: Double) -> String { value < 1e-99 ? "<1e-99" : value.significant(2) }
