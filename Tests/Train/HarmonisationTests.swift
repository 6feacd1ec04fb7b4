import Autograd
import Datasets
import Foundation
import Models
import Pictures
import Support
import Tensors
import TestSupport
import Testing
import Training

/// A harmoniser's training: DCCF's loss, running statistics, and that it learns.
@Suite struct HarmonisationTests {
  private static let golden = Result { try Golden("harmonisation") }

  private func network(_ name: String) -> Component<Harmoniser> {
    var sizes = HarmoniserConfiguration(name == "issam" ? .issam : .idih)
    (sizes.depth, sizes.channels) = (4, 8)
    return Hashed.harmoniser(sizes)
  }

  /// In training mode: the loss's terms, gradients of small weights, running statistics after one batch.
  @Test(arguments: ["issam", "idih"]) func lossIsThatOfPyTorch(_ name: String) throws {
    let golden = try Self.golden.get()
    let component = network(name)
    let batch = HarmonyBatch(
      composite: golden["\(name)/picture"], target: golden["\(name)/target"],
      mask: golden["\(name)/mask"])
    let loss = HarmonisationLoss(batch, HarmonisationConfiguration())
    let (terms, statistics) = withBatchStatistics {
      loss.terms(component.network.settings(batch.composite, masks: batch.mask))
    }
    for term in terms {
      expectClose(term.value.value, golden["\(name)/loss/\(term.name)"], 1e-4, term.name)
    }
    let total = terms.map(\.value).reduce(Variable(Tensor(0)), +)
    expectClose(total.value, golden["\(name)/loss"], 1e-4, "loss")
    let gradients = total.gradients()
    for (key, expected) in golden.group("\(name)/grad") {
      let parameter = try #require(component.parameters[key])
      let found = gradients[parameter] ?? Tensor(zeros: expected.shape)
      expectClose(found, expected, 2e-3, key)
    }
    statistics.update(count: 1)
    for (key, expected) in golden.group("\(name)/running") {
      let parameter = try #require(component.parameters[key])
      expectClose(parameter.value, expected, 1e-4, key)
    }
  }

  @Test func aFewStepsLowerTheLoss() throws {
    let training = try TinyTraining()
    try training.start(
      "harmoniser", to: "run",
      [
        "lightning.trainer.max_steps=60", "model.base_learning_rate=1e-2", "checkpoint.every=60",
        "validation.every=3", "samples.every=60", "data.params.batch_size=4", "validation.cases=8",
      ])
    let losses = try training.log("run").compactMap { line -> Double? in
      guard case .number(let loss)? = line["validation_loss"] else { return nil }
      return loss
    }
    #expect(losses.count == 20)
    #expect((losses.last ?? 1) < 0.8 * (losses.first ?? 0), "\(losses)")
    #expect(training.exists("run/samples/step-000060.png"))
    // What `dccf` reads: a run, a checkpoint, a checkpoint's component.
    let checkpoint = "run/checkpoints/step-000060"
    for place in ["run", checkpoint, "\(checkpoint)/harmoniser"] {
      let read = try Harmoniser.load(from: training.path(place), .raw)
      #expect(read.network.configuration.sampleSize == 16)
      let mean = read.parameters["decoder.up_blocks.0.convs.block.0.block.1.running_mean"]
      #expect(mean?.value.values.contains { $0 != 0 } == true)
    }
  }

  /// Half of the batches in each of two replicas: the running statistics are those of one process.
  @Test func runningStatisticsAreTheMeanOverAStepsBatches() throws {
    let golden = try Self.golden.get()
    let pictures = (0..<2).map { golden["issam/picture"].slice($0..<$0 + 1, axis: 0) }
    let masks = (0..<2).map { golden["issam/mask"].slice($0..<$0 + 1, axis: 0) }
    let component = network("issam")
    let found = (0..<2).map { i in
      withBatchStatistics { component.network.settings(pictures[i], masks: masks[i]) }.statistics
    }
    let name = "encoder.blocks_connected.block2.convs.block.0.block.1.running_mean"
    let parameter = try #require(component.parameters[name])
    let before = parameter.value
    var sum = found[0]
    sum.add(found[1])
    sum.update(count: 2)
    let means = found.map { $0.values[0] }
    let expected = before * 0.9 + (means[0] + means[1]) * 0.05
    expectClose(parameter.value, expected, 1e-6)
  }

  /// A change of no size is none, and colours stay in [0, 1].
  @Test func recolouringIsBounded() throws {
    var none = Recolouring()
    (none.brightness, none.contrast, none.saturation) = (0, 0, 0)
    (none.hue, none.whiteBalance) = (0, 0)
    var random = RandomStream(seed: 5, purpose: "recolouring")
    let same = none.drawn(using: &random)
    let colour = SIMD3<Float>(0.9, 0.3, 0.05)
    #expect((same(colour) - colour).max() < 1e-6 && (same(colour) - colour).min() > -1e-6)
    var strong = Recolouring()
    (strong.brightness, strong.contrast, strong.whiteBalance) = (1, 1, 1)
    let changed = (0..<50).map { _ in strong.drawn(using: &random)(colour) }
    #expect(changed.allSatisfy { $0.min() >= 0 && $0.max() <= 1 })
    #expect(Set(changed.map(\.x)).count > 10)
  }

  /// A turn of the hue, and more or less saturation, keep greys.
  @Test func greysStayGrey() {
    var turning = Recolouring()
    (turning.brightness, turning.contrast, turning.whiteBalance) = (0, 0, 0)
    (turning.saturation, turning.hue) = (1, 1)
    var random = RandomStream(seed: 6, purpose: "recolouring")
    for _ in 0..<20 {
      let grey = turning.drawn(using: &random)(SIMD3(repeating: 0.4))
      #expect(grey.max() < 0.40001 && grey.min() > 0.39999)
    }
  }
}
