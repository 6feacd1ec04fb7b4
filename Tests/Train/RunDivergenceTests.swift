import TestSupport
import Testing
import Training

/// Training never goes on with numbers that are not finite, and keeps the last good state.
@Suite struct RunDivergenceTests {
  private let training: TinyTraining

  init() throws { training = try TinyTraining() }

  private func divergence(_ body: () throws -> Void) throws -> Divergence {
    let error = #expect(throws: RunError.self) { try body() }
    guard case .diverged(let divergence) = error else { throw try #require(error) }
    return divergence
  }

  /// A finite gradient breaks the weights in the first step; the second shows it.
  @Test(arguments: ["diffusion", "autoencoder"], ["checkpoint.every=1", "checkpoint.every=4"])
  func brokenWeightsGoBackToTheCheckpointBefore(_ objective: String, _ every: String) throws {
    let absurd = ["model.base_learning_rate=1e20", "model.params.scheduler_config=null", every]
    let divergence = try divergence {
      try training.start(objective, to: "run", absurd)
    }
    #expect(divergence.step == 2 && divergence.cause == .weights)
    #expect(divergence.description.contains("learning_rate"))
    #expect(divergence.checkpoint == training.path("run/\(training.folder(0))"))
    #expect(training.checkpoints("run") == [0])
    #expect(try training.log("run").count == 1)
    #expect(try training.resume("run", "model.base_learning_rate=1e-4").isComplete)
  }

  @Test func weightsThatOverflowAreNotSaved() throws {
    let absurd = [
      "model.base_learning_rate=3e38", "model.params.scheduler_config=null", "checkpoint.every=1",
    ]
    let divergence = try divergence { try training.start("diffusion", to: "run", absurd) }
    #expect(divergence.step == 1 && divergence.what.contains("unet/"))
    #expect(training.checkpoints("run") == [0])
  }

  /// Good weights, and a batch that has no finite loss.
  @Test(arguments: [Float.nan, .infinity])
  func aBadBatchLeavesTheStateBeforeIt(_ value: Float) throws {
    let toy = try ToyObjective { draw in draw == 4 ? value : 1 }
    let divergence = try divergence { _ = try toy.train(in: training.path("run")) }
    #expect(divergence.step == 5 && divergence.cause == .batch)
    #expect(divergence.description.contains("seed"))
    #expect(training.checkpoints("run") == [3, 4])  // although one is to be kept
    #expect(divergence.checkpoint == training.path("run/\(training.folder(4))"))
  }

  @Test func aStartWithoutFiniteLossIsBlamedOnTheWeights() throws {
    let divergence = try divergence {
      _ = try ToyObjective { _ in .nan }.train(in: training.path("run"))
    }
    #expect(divergence.step == 1 && divergence.cause == .start)
  }
}
