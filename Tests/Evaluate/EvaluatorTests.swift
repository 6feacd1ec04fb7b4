import Evaluation
import Foundation
import Pictures
import Support
import TestSupport
import Testing

/// Runs of the evaluator: complete, interrupted, and on benches that are not in order.
@Suite struct EvaluatorTests {
  let folder: TemporaryFolder
  let bench: URL
  let output: URL

  init() throws {
    folder = try TemporaryFolder()
    bench = try EvaluationGolden.copyOfBench(in: folder)
    output = folder.file("output")
  }

  @Test func makesEachCaseWithItsOwnSeedAndKeepsThePictures() throws {
    let painter = SeedPainter()
    let report = try evaluator().evaluate(with: painter, batch: 2)
    #expect(painter.asked.map(\.count) == [2, 2, 1])
    #expect(report.metrics.count == 5)
    for (position, identifier) in EvaluationGolden.identifiers.enumerated() {
      let picture = try ImageFile.read(folder.file("output/results/\(identifier).png").path).image
      #expect(picture.pixels[0] == UInt8(42 + position))
    }
  }

  @Test func goesOnWhereItStopped() throws {
    let first = SeedPainter()
    first.limit = 3
    #expect(throws: SeedPainter.Killed.self) {
      try evaluator().evaluate(with: first, batch: 1)
    }
    let second = SeedPainter()
    let resumed = try evaluator().evaluate(with: second, batch: 1)
    #expect(second.asked == [["000000000005"], ["000000000090"]])
    let other = try Evaluator(bench: bench, output: folder.file("other"))
    let whole = try other.evaluate(with: SeedPainter(), batch: 5)
    #expect(resumed.metrics.hashes == whole.metrics.hashes)
    #expect(resumed.metrics.results == whole.metrics.results)
  }

  @Test func makesAResultAgainThatCannotBeRead() throws {
    _ = try evaluator().evaluate(with: SeedPainter(), batch: 5)
    let damaged = folder.file("output/results/000000000005.png")
    let whole = try Data(contentsOf: damaged)
    try whole.prefix(whole.count / 2).write(to: damaged)
    let painter = SeedPainter()
    _ = try evaluator().evaluate(with: painter, batch: 5)
    #expect(painter.asked == [["000000000005"]])
    #expect(try Data(contentsOf: damaged) == whole)
  }

  @Test func aLimitTakesTheFirstCasesAndCanBeRaised() throws {
    let first = try evaluator(limit: 2).evaluate(with: SeedPainter(), batch: 4)
    #expect(first.metrics.count == 2)
    #expect(first.metrics.listed == 5)
    let painter = SeedPainter()
    _ = try evaluator().evaluate(with: painter, batch: 4)
    #expect(painter.asked == [Array(EvaluationGolden.identifiers[2...])])
  }

  @Test func refusesToMixSettings() throws {
    _ = try evaluator().evaluate(with: SeedPainter(), batch: 4)
    let error = #expect(throws: EvaluationError.self) {
      try evaluator().evaluate(with: SeedPainter(steps: 20, seed: 43), batch: 4)
    }
    #expect("\(try #require(error))".contains("steps: 10 there, 20 now; seed: 42 there, 43 now"))
    #expect(throws: EvaluationError.self) {
      try evaluator().evaluate(with: SeedPainter(modelHash: "other"), batch: 4)
    }
  }

  @Test func refusesResultsOfAChangedBench() throws {
    _ = try evaluator().evaluate(with: SeedPainter(), batch: 4)
    let reference = bench.appending(path: "Ref_3500/000000000392_ref.png")
    try Image(width: 4, height: 4).writePNG(to: reference.path)
    #expect(
      throws: EvaluationError.changedCase(
        identifier: "000000000392", file: folder.file("output/results/settings.json").path)
    ) { try evaluator().evaluate(with: SeedPainter(), batch: 4) }
  }

  @Test func doesNotWriteOverPicturesOfUnknownOrigin() throws {
    let results = folder.file("output/results")
    try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
    try Image(width: 4, height: 4).writePNG(to: results.appending(path: "mine.png").path)
    #expect(throws: EvaluationError.unknownResults(folder: results.path, count: 1)) {
      try evaluator().evaluate(with: SeedPainter(), batch: 4)
    }
  }

  @Test func reportsWhatIsWrongCaseByCaseAndScoresTheRest() throws {
    try FileManager.default.removeItem(at: bench.appending(path: "GT_3500/000000000007_GT.png"))
    try GrayImage(width: 44, height: 36, fill: 0)
      .writePNG(to: bench.appending(path: "Mask_bbox_3500/000000000392_mask.png").path)
    try GrayImage(width: 8, height: 8, fill: 255)
      .writePNG(to: bench.appending(path: "Mask_bbox_3500/000001048575_mask.png").path)
    try Data([1, 2, 3]).write(to: bench.appending(path: "Ref_3500/000000000005_ref.png"))
    let painter = SeedPainter()
    let metrics = try evaluator().evaluate(with: painter, batch: 2).metrics
    #expect(metrics.count == 1)
    #expect(metrics.problems.map(\.id) == Array(EvaluationGolden.identifiers[..<4]))
    #expect(metrics.problems[0].problem == "missing: GT_3500/000000000007_GT.png")
    #expect(metrics.problems[1].problem.contains("mask is empty"))
    #expect(metrics.problems[2].problem.contains("the mask is 8×8, the picture 44×36"))
    #expect(metrics.problems[3].problem.contains("000000000005_ref.png"))
    #expect(painter.asked.joined().map { $0 } == ["000000000090"])
  }

  @Test func reportsMissingResults() throws {
    let results = folder.file("mine")
    try FileManager.default.copyItem(at: EvaluationGolden.results, to: results)
    try FileManager.default.removeItem(at: results.appending(path: "000000000007.png"))
    let report = try evaluator().evaluate(results: results)
    #expect(report.metrics.problems.map(\.problem) == ["missing: result 000000000007.png"])
    #expect(report.summary.contains("4 of 5"))
    #expect(throws: EvaluationError.self) { try evaluator().evaluate(results: bench) }
  }

  @Test func scoresAtTheResultsSizeAndSaysSo() throws {
    let report = try evaluator().evaluate(with: SeedPainter(), batch: 4)
    #expect(report.metrics.settings.benchSize == "44x36")
    #expect(report.metrics.settings.resultSize == "22x18")
    let lines = report.summary.split(separator: "\n").filter { $0.contains("resized") }
    #expect(lines.count == 1)
    #expect(
      try evaluator().evaluate(results: EvaluationGolden.results)
        .metrics.settings.resize == nil)
  }

  @Test func doesNotDependOnTheNumberOfThreads() throws {
    let found = try onThreads([1, 3]) { _ in
      try evaluator().evaluate(results: EvaluationGolden.results).metrics
    }
    #expect(found[0] == found[1])
  }

  @Test func theTrueObjectNeedsABenchThatHasIt() throws {
    #expect(throws: EvaluationError.noTrueReference(bench: bench.path)) {
      try evaluator().evaluate(with: SeedPainter(reference: .truth), batch: 4)
    }
  }

  private func evaluator(limit: Int? = nil) throws -> Evaluator {
    try Evaluator(bench: bench, output: output, limit: limit)
  }
}
