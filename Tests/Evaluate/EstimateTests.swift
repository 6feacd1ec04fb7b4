import Evaluation
import Foundation
import Inference
import Testing

/// What is said before a long run.
@Suite struct EstimateTests {
  private var estimate: EvaluationEstimate {
    var estimate = EvaluationEstimate()
    estimate.toMake = 3400
    estimate.made = 100
    estimate.secondsToMake = 3400 * 60
    estimate.toMeasure = 3400
    estimate.secondsToMeasure = 720
    estimate.pictureBytes = 1_500_000_000
    estimate.featureBytes = 20_000_000
    return estimate
  }

  @Test func oneLineSaysCountsTimeAndDisk() {
    #expect(
      estimate.text(free: 12_000_000_000)
        == "3400 cases to make, 100 are there already: about 2 d 8 h, and 12 min 0 s to score; "
        + "1.5 GB of disk, 12.0 GB are free.")
    var scoring = EvaluationEstimate()
    scoring.toMeasure = 3500
    scoring.secondsToMeasure = 600
    #expect(scoring.text(free: nil) == "3500 cases to score: about 10 min 0 s; 0 B of disk.")
  }

  @Test func onlyLongRunsAreAnnounced() {
    #expect(estimate.isLong)
    var short = EvaluationEstimate()
    short.secondsToMake = 40
    #expect(!short.isLong)
    short.secondsToMeasure = 20
    #expect(short.isLong)
  }

  @Test func aDiskThatIsCertainlyTooSmallIsRefused() throws {
    let folder = URL(filePath: "out")
    try estimate.check(free: 1_000_000_000, in: folder)
    try estimate.check(free: nil, in: folder)
    let error = #expect(
      throws: EvaluationError.diskTooSmall(
        folder: "out", needed: 1_520_000_000, free: 700_000_000)
    ) { try estimate.check(free: 700_000_000, in: folder) }
    #expect("\(try #require(error))".contains("has 700 MB free"))
  }

  @Test func aTrialTakesTheTimeOfABatchAndIsNotMadeForFewCases() throws {
    let cases = Array(try Bench(at: EvaluationGolden.bench).cases.prefix(2))
    let method = BaselineMethod(.copyPaste)
    let trial = try #require(try method.trial(cases, of: 100))
    #expect(trial.secondsPerCase > 0)
    #expect(trial.picture == (try method.paint(cases[0], seed: 0)))
    #expect(try method.trial(cases, of: 10) == nil)
  }
}
