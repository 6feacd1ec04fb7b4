import Evaluation
import Support
import Tensors

/// The claims of the paper, each as a comparison that was written down before the first run.
package struct PaperClaims {
  private let evidence: PaperEvidence

  package init(_ evidence: PaperEvidence) { self.evidence = evidence }

  private var bootstrap: PairedBootstrap { evidence.bootstrap }

  /// In the paper's order: table 1, the ablation, guidance, prompts, several results of one input.
  package func findings() throws -> [(title: String, findings: [Finding])] {
    [
      ("Against the others (table 1)", try comparison()),
      ("What each part is for (ablation)", try ablation()),
      ("Guidance (figure)", try guidance()),
      ("A picture says more than words (figure)", try prompts()),
      ("Several results of one input (figure)", try diversity()),
    ]
  }

  /// "Our approach achieves the best performance" in all three numbers.
  private func comparison() throws -> [Finding] {
    try Rival.allCases.flatMap { rival in
      try Measure.allCases.map { measure in
        let published = [rival.title, PaperFigures.ours].compactMap {
          PaperFigures.comparison($0, measure)
        }
        return Finding(
          "Better than \(rival.title) in \(measure.rawValue)",
          published: "\(published[0]) against \(published[1])",
          try gain(measure, of: [evidence.ours], over: [try evidence.run(rival.rawValue)]))
      }
    }
  }

  /// Of each part what the paper's table shows: by its sign, whichever it is.
  private func ablation() throws -> [Finding] {
    try Rung.allCases.dropFirst().flatMap { rung in
      let before = Rung.allCases[rung.rawValue - 1]
      return try Measure.allCases.map { measure in
        let published = try [before, rung].map { try PaperFigures.ablation($0, measure) }
        let rises = published[1].value > published[0].value
        let difference = try bootstrap.difference(
          measure, evidence.seeds(of: rung), less: evidence.seeds(of: before))
        return Finding(
          "\(rung.title) \(rises ? "raises" : "lowers") \(measure.rawValue)",
          published: "\(published[0].text) → \(published[1].text)",
          rises ? difference : difference.reversed)
      }
    }
  }

  /// The paper shows results at 1, 3 and 5: they grow more like the reference.
  private func guidance() throws -> [Finding] {
    try [(1, 3), (3, 5)].map { lower, higher in
      Finding(
        "The result is more like its reference at scale \(higher) than at \(lower)",
        published: "shown in pictures only",
        try bootstrap.difference(
          .likeness, [try evidence.scale(higher)], less: [try evidence.scale(lower)]))
    }
  }

  private func prompts() throws -> [Finding] {
    let texts = try PaperEvidence.details.map { try evidence.prompt($0) }
    let growing = try zip(texts, texts.dropFirst()).enumerated().map { place, pair in
      Finding(
        "\(place + 2) details in the text bring the result nearer to the reference than \(place + 1)",
        published: "shown in pictures only",
        try bootstrap.difference(.likeness, [pair.1], less: [pair.0]))
    }
    guard let fullest = texts.last else { return growing }
    return growing + [
      Finding(
        "The picture brings it nearer than the fullest text", published: "shown in pictures only",
        try bootstrap.difference(.likeness, [evidence.ours], less: [fullest]))
    ]
  }

  private func diversity() throws -> [Finding] {
    let found = try evidence.diversity()
    return [
      Finding(
        "Results of one input differ visibly: inside the mask by more than "
          + "\(Int(Diversity.visible)) of 255 levels",
        published: "shown in pictures only",
        found.bootstrap.mean(found.distances.map { $0 - Diversity.visible })),
      Finding(
        "Each of them keeps its reference: the least alike is nearer to its own than to another's",
        published: "shown in pictures only", found.bootstrap.mean(found.leastAdvantages)),
    ]
  }

  /// By how much `a` is better than `b`.
  private func gain(_ measure: Measure, of a: [PaperRun], over b: [PaperRun]) throws -> Estimate {
    let difference = try bootstrap.difference(measure, a, less: b)
    return measure.isBetterWhenLower ? difference.reversed : difference
  }
}

/// The numbers that the paper prints.
enum PaperFigures {
  static let ours = "Paint by Example"

  static func comparison(_ method: String, _ measure: Measure) -> String? {
    PublishedTable.comparison.rows.first { $0.method == method }?.numbers[measure.place]
  }

  static func ablation(_ rung: Rung, _ measure: Measure) throws -> (text: String, value: Double) {
    let text = PublishedTable.ablation.rows[rung.rawValue].numbers[measure.place]
    guard let value = Double(text) else {
      throw PaperRunError(folder: "the paper's table", reason: "\(text) is no number")
    }
    return (text, value)
  }
}

extension Measure {
  /// Its column in the paper's tables.
  var place: Int {
    switch self {
    case .distance: 0
    case .quality: 1
    case .likeness: 2
    }
  }
}
