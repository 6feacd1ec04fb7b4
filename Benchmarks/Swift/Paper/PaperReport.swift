import Evaluation
import Foundation
import Inference
import Pictures
import Support

/// The results section in miniature, put together from what the stages wrote.
struct PaperReport {
  let evidence: PaperEvidence
  let plan: Plan
  /// Of a person who has looked into why claims failed; empty where nobody has.
  let analysis: String

  private var folder: PaperFolder { evidence.folder }

  func document() throws -> ReportDocument {
    let findings = try PaperClaims(evidence).findings()
    return ReportDocument(
      title: "The paper in miniature\(evidence.size.isQuick ? " (a trial of the plan)" : "")",
      lead: lead,
      parts: try judge() + verdicts(findings) + analysisParts + comparison() + ablation()
        + guidance() + prompts() + diversity() + pictures() + cost())
  }

  private var lead: String {
    let quick =
      evidence.size.isQuick
      ? "**These are the numbers of `QUICK=1`: they show that the plan works, and nothing else.** "
      : ""
    return quick
      + "The results section of Paint by Example (\(PublishedTable.source)), run again from scratch by "
      + "`make paper` on procedural scenes of \(evidence.size.picture) pixels: \(evidence.size.cases) "
      + "cases, \(evidence.size.seeds.count) seeds of each step of the ablation. The paper's numbers "
      + "stand beside ours for their order, not their size: other pictures, other networks, another "
      + "judge. Numbers in parentheses are 95 % intervals."
  }

  // MARK: Judge

  private func judge() throws -> [ReportDocument.Part] {
    let rows = try [
      ("judge", "the judge"), ("guide", "guides Blended Diffusion"), ("clip", "the models' own"),
    ]
    .map { run, role in
      let last = try PaperFiles.lines("\(folder(run))/log.jsonl").last { line in
        line["validation_text_of_picture"] != nil
      }
      func percent(_ key: String) -> String {
        last?[key]?.double.map { "\((100 * $0).fixed(1)) %" } ?? "–"
      }
      return [
        run, role, percent("validation_text_of_picture"), percent("validation_picture_of_text"),
        percent("validation_chance"),
      ]
    }
    return [
      .heading("The judge"),
      .text(
        "A small CLIP of our own judges: FID on its features, the quality score by a mixture fitted to "
          + "real scenes, the CLIP score. It was trained on other scenes than the models, is the encoder "
          + "of none of them, and is not the CLIP that guides Blended Diffusion. How often it finds a "
          + "held-out picture's caption among the others', and the picture of a caption:"),
      .table(head: ["CLIP", "Role", "Caption found", "Picture found", "By chance"], rows: rows),
    ]
  }

  // MARK: Claims

  private func verdicts(
    _ findings: [(title: String, findings: [Finding])]
  ) -> [ReportDocument.Part] {
    let all = findings.flatMap(\.findings)
    func count(_ verdict: Verdict) -> Int { all.count { $0.verdict == verdict } }
    return [
      .heading("What holds"),
      .text(
        "Of \(all.count) claims \(count(.holds)) hold, \(count(.fails)) do not, and "
          + "\(count(.open)) cannot be told at this size. The rule was fixed before the run "
          + "([the rules](paper-rules.md)): a claim is a difference that is above zero "
          + "if it is true; it holds where all of the interval is above zero, does not hold where all of "
          + "it is below, and otherwise cannot be told."),
    ]
      + findings.flatMap { title, findings -> [ReportDocument.Part] in
        [
          .text("**\(title)**"),
          .table(
            head: ["Claim", "The paper", "Difference found", "Verdict"],
            rows: findings.map {
              [$0.claim, $0.published, $0.difference.signedText(), "**\($0.verdict.rawValue)**"]
            }),
        ]
      }
  }

  private var analysisParts: [ReportDocument.Part] {
    analysis.isEmpty
      ? [] : [.heading("Why")] + analysis.components(separatedBy: "\n\n").map { .text($0) }
  }

  // MARK: Tables

  private static let heads = Measure.allCases.flatMap { ["\($0.title), here", "the paper's"] }

  private func comparison() throws -> [ReportDocument.Part] {
    let rivals = try Rival.allCases.map { rival in
      try row(rival.title, [try evidence.run(rival.rawValue)]) {
        PaperFigures.comparison(rival.title, $0)
      }
    }
    let ours = try row(PaperFigures.ours, [try evidence.ours]) {
      PaperFigures.comparison(PaperFigures.ours, $0)
    }
    let bounds = try [
      ("copy-paste", "the reference pasted"), ("ground-truth", "the pictures as they were"),
    ]
    .map { name, title in try row(title, [try evidence.run(name)]) { _ in nil } }
    return [
      .heading("Table 1"),
      .text(
        "The last two rows are no methods: they show between what the numbers lie. The quality score is "
          + "log-likelihood / 300 × 100 as the paper's, but not clipped to 0 … 100: features of "
          + "\(evidence.dimension) numbers have other likelihoods than those of 512."),
      .table(head: ["Method"] + Self.heads, rows: rivals + [ours] + bounds),
    ]
  }

  private func ablation() throws -> [ReportDocument.Part] {
    let rows = try Rung.allCases.map { rung in
      try row(rung.title, evidence.seeds(of: rung)) { try PaperFigures.ablation(rung, $0).text }
    }
    return [
      .heading("Ablation"),
      .text(
        "Each step with what is above it, \(evidence.size.seeds.count) seeds each; intervals over seeds "
          + "and cases. Guided, at scale 5, is the last step alone: the others have no null condition."
      ),
      .table(head: ["Step"] + Self.heads, rows: rows),
    ]
  }

  private func row(
    _ title: String, _ runs: [PaperRun], published: (Measure) throws -> String?
  ) throws -> [String] {
    try [title]
      + Measure.allCases.flatMap { measure in
        [
          try evidence.bootstrap.estimate(measure, of: runs).text(),
          try published(measure) ?? "–",
        ]
      }
  }

  // MARK: Figures

  private func guidance() throws -> [ReportDocument.Part] {
    let panels = try Measure.allCases.map { measure in
      let points = try evidence.size.scales.map { scale in
        let found = try evidence.bootstrap.estimate(measure, of: [try evidence.scale(scale)])
        return PanelPlot.Point(
          x: Double(scale), value: found.value, interval: [found.low, found.high])
      }
      return PanelPlot.Panel(
        title: measure.rawValue,
        note: measure.isBetterWhenLower ? "lower is better" : "higher is better",
        points: [points])
    }
    let rows = try evidence.size.scales.map { scale in
      try ["\(scale)"]
        + Measure.allCases.map {
          try evidence.bootstrap.estimate($0, of: [try evidence.scale(scale)]).text()
        }
    }
    return [
      .heading("Guidance"),
      .text("The whole method at each guidance scale. The paper shows pictures at 1, 3 and 5."),
      .plot(
        name: "guidance.svg",
        PanelPlot(
          title: "Guidance scale", note: "the whole method, \(evidence.size.cases) cases",
          axis: "guidance scale", marks: evidence.size.scales.map(Double.init), series: ["ours"],
          panels: panels), shows: "FID, quality score and CLIP score against the guidance scale"),
      .table(head: ["Scale"] + Measure.allCases.map(\.title), rows: rows),
    ]
  }

  private func prompts() throws -> [ReportDocument.Part] {
    let example = try PaperFiles.lines("\(folder.bench)/captions.jsonl").first ?? [:]
    func text(_ key: String) -> String {
      if case .string(let text)? = example[key] { "“\(text)”" } else { "–" }
    }
    let rows = try PaperEvidence.details.map { details in
      ["\(details)", text("caption_\(details)")] + (try measures([evidence.prompt(details)]))
    }
    return [
      .heading("Growing prompts against the picture"),
      .text(
        "Stable Diffusion with text, told one to four details of the reference's object (the words of "
          + "the bench's first case stand as an example), and ours with the picture alone."),
      .table(
        head: ["Details", "Text"] + Measure.allCases.map(\.title),
        rows: rows + [["the picture", "–"] + (try measures([evidence.ours]))]),
    ]
  }

  private func measures(_ runs: [PaperRun]) throws -> [String] {
    try Measure.allCases.map { try evidence.bootstrap.estimate($0, of: runs).text() }
  }

  private func diversity() throws -> [ReportDocument.Part] {
    let found = try evidence.diversity()
    let pairs = zip(found.distances, found.likeness).sorted { $0.0 < $1.0 }
    let parts = 4
    let rows = (0..<parts).compactMap { part -> [String]? in
      let range = pairs.count * part / parts..<pairs.count * (part + 1) / parts
      guard !range.isEmpty else { return nil }
      let members = pairs[range]
      return [
        "\(part + 1) of \(parts)", (members.map(\.0).reduce(0, +) / Double(range.count)).fixed(1),
        (members.map(\.1).reduce(0, +) / Double(range.count)).fixed(2),
      ]
    }
    return [
      .heading("Several results of one input"),
      .text(
        "\(evidence.size.diversitySeeds.count) seeds of each of \(evidence.size.diversityCases) cases. "
          + "Distance between two results inside the mask, in levels of 255: "
          + "\(found.bootstrap.mean(found.distances).text(1)); CLIP score: "
          + "\(found.bootstrap.mean(found.likeness).text()). Cases from the least to the most varied:"
      ),
      .table(head: ["Quarter", "Distance", "CLIP score"], rows: rows),
    ]
  }

  // MARK: Pictures and cost

  private func pictures() throws -> [ReportDocument.Part] {
    let runs =
      Rival.allCases.map { ($0.title, folder.evaluation($0.rawValue)) }
      + [("ours", folder.evaluation(.guidance, seed: evidence.size.seeds[0]))]
    var sheet = ContactSheet(
      columns: ["source", "reference"]
        + runs.map { $0.0.replacing("Blended Diffusion", with: "BD") },
      cellSize: max(evidence.size.picture, 96))
    for benchCase in try Bench(at: URL(filePath: folder.bench)).cases.prefix(PaperReport.shown) {
      let source = try ImageFile.read(benchCase.groundTruth.relativePath).image
      let mask = try ImageFile.readMask(benchCase.mask.relativePath).pixels
      let hole = source.blended(
        with: Image(width: source.width, height: source.height, fill: (128, 128, 128)),
        weights: mask.pixels.map { $0 >= 128 ? 1 : 0 })
      sheet.addRow(
        [hole, try ImageFile.read(benchCase.reference.relativePath).image]
          + (try runs.map {
            try ImageFile.read("\($0.1)/results/\(benchCase.identifier).png").image
          }))
    }
    return [
      .heading("Pictures"),
      .text("The bench's first cases; none are picked."),
      .picture(
        name: "methods.png", data: try sheet.image().pngData(),
        shows: "The first cases: source with its hole, reference, and each method's result"),
    ]
  }

  private static let shown = 8

  private func cost() throws -> [ReportDocument.Part] {
    let records = StageRecords(in: folder.path)
    let rows = try plan.stages.compactMap { stage -> [String]? in
      guard let record = try records.record(of: stage.name), record.isDone else { return nil }
      return [stage.title, Quantity.duration(record.seconds)]
    }
    let total = try plan.stages.reduce(0.0) { sum, stage in
      sum + (try records.record(of: stage.name)?.seconds ?? 0)
    }
    return [
      .heading("Cost"),
      .text("\(Quantity.duration(total)) in all, on \(evidence.size.threads) threads."),
      .table(head: ["Stage", "Time"], rows: rows),
    ]
  }
}
