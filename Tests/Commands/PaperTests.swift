import ArgumentParser
import Foundation
import Pictures
import Tensors
import Testing
import Training
import pbe_bench
import pbe_data
import pbe_eval
import pbe_train

/// How the claims of the paper are decided.
@Suite struct PaperTests {
  private static let cases = 60
  private static let dimension = 3

  /// A run whose cases score about `likeness`, hard and easy ones apart, and whose features lie `shift`
  /// off the real ones.
  private func run(
    _ name: String, likeness: Double, noise: Double = 1, shift: Double = 0, seed: UInt64 = 1
  ) -> PaperRun {
    var shared = RandomStream(seed: 9, purpose: "cases")
    var own = RandomStream(seed: seed, purpose: "run \(name)")
    let hardness = (0..<Self.cases).map { _ in 20 * Double(shared.uniform()) }
    let scores = hardness.map { likeness + $0 + noise * (Double(own.uniform()) - 0.5) }
    let features = (0..<Self.cases * Self.dimension).map { _ in shift + Double(shared.uniform()) }
    let region = Tensor(zeros: [Self.cases, Self.dimension])
    return PaperRun(
      folder: name, identifiers: (0..<Self.cases).map { "\($0)" }, likeness: scores,
      quality: scores,
      features: Matrix(rows: Self.cases, columns: Self.dimension, values: features),
      regions: (result: region, reference: region))
  }

  private func bootstrap() -> PairedBootstrap {
    var random = RandomStream(seed: 2, purpose: "real")
    let values = (0..<500 * Self.dimension).map { _ in Double(random.uniform()) }
    return PairedBootstrap(
      reference: FeatureStatistics(Matrix(rows: 500, columns: Self.dimension, values: values)),
      count: Self.cases)
  }

  @Test(arguments: [
    (Estimate(1, low: 0.1, high: 2), Verdict.holds), (Estimate(-1, low: -2, high: -0.1), .fails),
    (Estimate(1, low: -0.1, high: 2), .open), (Estimate(1, low: 0, high: 2), .open),
    (Estimate(-1, low: -2, high: 0.1), .open),
  ])
  func theRule(_ difference: Estimate, _ verdict: Verdict) {
    #expect(Verdict(difference) == verdict)
    #expect(
      Verdict(difference.reversed) == [.holds: .fails, .fails: .holds, .open: .open][verdict])
  }

  /// Cases differ by 20 points, the runs by half a point: told apart since the cases are the same.
  @Test func differencesArePairedByCase() throws {
    let (a, b) = (run("a", likeness: 50.5), run("b", likeness: 50))
    let bootstrap = bootstrap()
    let alone = try bootstrap.estimate(.likeness, of: [a])
    let difference = try bootstrap.difference(.likeness, [a], less: [b])
    #expect(alone.high - alone.low > 2)
    #expect(difference.high - difference.low < 0.4)
    #expect(Verdict(difference) == .holds)
    #expect(abs(difference.value - 0.5) < 0.2)
  }

  @Test func distancesHaveIntervalsAboutTheirValue() throws {
    let bootstrap = bootstrap()
    let near = try bootstrap.estimate(.distance, of: [run("near", likeness: 0)])
    let far = try bootstrap.estimate(.distance, of: [run("far", likeness: 0, shift: 1)])
    #expect(near.low < near.value && near.value < near.high)
    #expect(abs(far.value - 3) < 0.4, "three numbers, each off by one")
    let difference = try bootstrap.difference(
      .distance, [run("far", likeness: 0, shift: 1)], less: [run("near", likeness: 0)])
    #expect(Verdict(difference) == .holds)
  }

  /// Three seeds that disagree: what any one of them says with certainty, they together do not.
  @Test func seedsAreASecondLevel() throws {
    let bootstrap = bootstrap()
    let before = (1...3).map { run("before \($0)", likeness: 50, seed: $0) }
    let after = zip([53.0, 50, 48.5], 4...).map { run("after \($1)", likeness: $0, seed: $1) }
    #expect(Verdict(try bootstrap.difference(.likeness, [after[0]], less: [before[0]])) == .holds)
    #expect(Verdict(try bootstrap.difference(.likeness, [after[2]], less: [before[2]])) == .fails)
    let together = try bootstrap.difference(.likeness, after, less: before)
    #expect(Verdict(together) == .open)
    #expect(together.low < -1 && together.high > 2)
  }

  @Test func runsOfOtherCasesAreRefused() {
    let short = PaperRun(
      folder: "short", identifiers: ["1"], likeness: [1], quality: [1],
      features: Matrix(rows: 1, columns: 3, values: [1, 2, 3]),
      regions: (result: Tensor(zeros: [1, 3]), reference: Tensor(zeros: [1, 3])))
    #expect(throws: PaperRunError.self) { try bootstrap().estimate(.likeness, of: [short]) }
  }
}

/// The plan of `make paper`.
@Suite struct PaperPlanTests {
  private static let sizes = [PaperSize.full, .quick]

  private func plan(_ size: PaperSize) throws -> Plan {
    try PaperPlan(PaperFolder("runs/p"), size, document: "runs/p/paper.md").plan
  }

  @Test(arguments: sizes) func everyCommandParses(_ size: PaperSize) throws {
    let programs: [String: any ParsableCommand.Type] = [
      "pbe-train": PbeTrain.self, "pbe-eval": PbeEval.self, "pbe-data": PbeData.self,
      "pbe-bench": PbeBench.self,
    ]
    for stage in try plan(size).stages {
      let program = try #require(programs[stage.command[0]])
      #expect(throws: Never.self, "\(stage.line(programs: ""))") {
        try program.parseAsRoot(Array(stage.command.dropFirst()))
      }
    }
  }

  /// Every configuration that it trains by is whole, and its parts fit: all that a run checks before it
  /// reads data.
  @Test(arguments: sizes) func everyTrainingIsConfigured(_ size: PaperSize) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    for stage in try plan(size).stages where stage.command[0] == "pbe-train" {
      let words = stage.command.drop { $0 != "--config" }.dropFirst()
      let files = words.filter { $0.hasSuffix(".yaml") }.map { "\(root)/\($0)" }
      let overrides = words.filter { $0.contains("=") }
      let loaded = try TrainingConfiguration.load(files: files, overrides: Array(overrides))
      try loaded.configuration.requireSources()
      let last = try #require(loaded.configuration.duration.maxSteps)
      #expect(stage.product.hasSuffix("/step-" + String(format: "%06d", last)))
    }
  }

  /// The judge judges what it has no part in.
  @Test func theJudgeIsApart() throws {
    let stages = try plan(.full).stages
    let byName = Dictionary(uniqueKeysWithValues: stages.map { ($0.name, $0) })
    func rests(_ name: String) -> Set<String> {
      (byName[name]?.inputs ?? []).reduce(into: [name]) { $0.formUnion(rests($1)) }
    }
    let judge = rests("judge")
    for training in stages where training.command[0] == "pbe-train" && training.name != "judge" {
      // Numbers of tokens are the one thing that they share.
      #expect(!rests(training.name).contains("judge"))
      #expect(
        rests(training.name).intersection(judge).subtracting(["vocabulary", "scenes"]).isEmpty)
    }
    #expect(!judge.contains("scenes") || byName["judge"]?.inputs.contains("scenes") == false)
    for name in ["scenes", "scenes-judge", "scenes-guide", "scenes-real"] {
      let seed = byName[name]?.command.suffix(1)
      #expect(
        stages.filter { $0.command.contains("scenes") && $0.command.suffix(1) == seed }.count == 1)
    }
  }

  @Test func theFullPlanFitsIntoTwelveHours() throws {
    #expect(try plan(.full).seconds < 12 * 3600)
    #expect(try plan(.full).stages.count { $0.name.hasPrefix("train-") } == 15)
  }
}
