import Datasets
import Foundation
import TestSupport
import Testing
import Training

/// A run that is resumed with other batches or other pictures.
@Suite struct ChangedDataTests {
  private let training: TinyTraining

  init() throws { training = try TinyTraining() }

  private func state(_ run: String, _ step: Int) throws -> [String: Any] {
    let file = training.path("\(run)/\(training.folder(step))/training_state.json")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file)))
    return try #require(json as? [String: Any])
  }

  private func position(_ run: String, _ step: Int) throws -> [Int] {
    let position = try #require(try state(run, step)["position"] as? [String: Int])
    return [position["epoch"] ?? -1, position["index"] ?? -1]
  }

  /// The order of an epoch depends on the pictures and the seed alone: with half the batch the run is
  /// at the same picture, twice as many batches on.
  @Test func anotherBatchSizeGoesOnAtTheSamePicture() throws {
    try training.start(
      "autoencoder", to: "run", ["data.params.batch_size=2", "lightning.trainer.max_steps=1"])
    #expect(try position("run", 1) == [0, 1])
    try training.resume("run", "data.params.batch_size=1", "lightning.trainer.max_steps=2")
    #expect(try position("run", 2) == [0, 3])
    #expect(try state("run", 2)["batchSize"] as? Int == 1)
  }

  /// Numbers that no run comes to, at the edges of `Int` and nearer: none is believed, none is a trap.
  @Test(arguments: [
    ("step", Int.max), ("step", 3), ("draw", Int.max), ("draw", 0), ("draw", -1),
    ("averageUpdates", 3), ("batchSize", Int.min),
  ])
  func anImpossibleStateIsNotBelieved(_ key: String, _ value: Int) throws {
    try training.start("autoencoder", to: "run", ["lightning.trainer.max_steps=2"])
    var state = try state("run", 2)
    state[key] = value
    try write(state, "run", 2)
    let error = #expect(throws: RunError.self) { try training.resume("run") }
    #expect("\(error as Any)".contains("step-000002 is damaged"))
  }

  @Test(arguments: [("index", Int.max), ("index", 5), ("epoch", Int.max), ("epoch", -1)])
  func anImpossiblePlaceIsNotBelieved(_ key: String, _ value: Int) throws {
    try training.start("autoencoder", to: "run", ["lightning.trainer.max_steps=2"])
    var state = try state("run", 2)
    var position = try #require(state["position"] as? [String: Int])
    position[key] = value
    state["position"] = position
    try write(state, "run", 2)
    let error = #expect(throws: RunError.self) { try training.resume("run") }
    #expect("\(error as Any)".contains("step-000002 is damaged"))
  }

  private func write(_ state: [String: Any], _ run: String, _ step: Int) throws {
    let data = try JSONSerialization.data(withJSONObject: state)
    let file = "\(run)/\(training.folder(step))/training_state.json"
    try data.write(to: URL(filePath: training.path(file)))
  }

  @Test func aPlaceWithinABatchIsRefused() throws {
    try training.start(
      "autoencoder", to: "run", ["data.params.batch_size=2", "lightning.trainer.max_steps=1"])
    let error = #expect(throws: RunError.self) {
      try training.resume("run", "data.params.batch_size=3", "lightning.trainer.max_steps=2")
    }
    #expect("\(error as Any)".contains("2 examples of epoch 0 are done, which is no multiple of"))
    // Nothing has changed: the run goes on with its own size.
    #expect(try training.resume("run", "lightning.trainer.max_steps=2").steps == 2)
  }

  @Test func accumulationMayChangeAnywhere() throws {
    try training.start(
      "autoencoder", to: "run", ["data.params.batch_size=2", "lightning.trainer.max_steps=1"])
    try training.resume(
      "run", "lightning.trainer.accumulate_grad_batches=2", "lightning.trainer.max_steps=2")
    let loader = try position("run", 2)
    #expect(loader == [0, 3] || loader[0] == 1)
  }

  @Test func otherPicturesBeginANewEpoch() throws {
    try training.start(
      "autoencoder", to: "run", ["data.params.batch_size=2", "lightning.trainer.max_steps=1"])
    let text = try String(contentsOfFile: training.path("pictures.jsonl"), encoding: .utf8)
    let fewer = text.split(separator: "\n").dropFirst().joined(separator: "\n")
    try training.write(fewer, "fewer.jsonl")
    let key = "data.params.train.params.dataset_dir"
    try training.resume(
      "run", "\(key)=\(training.path("fewer.jsonl"))", "lightning.trainer.max_steps=2")
    #expect(try position("run", 2) == [1, 1])
  }

  /// The same pictures, moved: no new epoch.
  @Test func movedPicturesAreTheSame() throws {
    try training.start(
      "autoencoder", to: "run", ["data.params.batch_size=2", "lightning.trainer.max_steps=1"])
    let text = try String(contentsOfFile: training.path("pictures.jsonl"), encoding: .utf8)
    try training.write(text, "moved.jsonl")
    let key = "data.params.train.params.dataset_dir"
    try training.resume(
      "run", "\(key)=\(training.path("moved.jsonl"))", "lightning.trainer.max_steps=2")
    #expect(try position("run", 2) == [0, 2])
  }
}
