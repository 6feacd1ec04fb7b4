import Foundation
import Support
import TestSupport
import Testing
import Training

extension TinyTraining {
  /// Overrides for a UNet that starts at random: one whose last convolutions are zero teaches nothing before
  /// them.
  static let fresh = ["last_convolutions", "transformer_output"].map {
    "model.params.unet_config.params.zero_\($0)=false"
  }

  /// Overrides of `autoencoder.yaml`: all terms of the loss, the discriminator from the third step on.
  static let sharpened =
    [
      "perceptual_weight=0.1", "disc_weight=0.5", "disc_start=2", "disc_num_layers=2",
      "disc_channels=4",
    ].map { "model.params.first_stage_config.params.lossconfig.params.\($0)" }
    + ["hidden_size=8", "layers=4", "heads=2", "patch_size=8", "image_size=16"]
    .map { "model.params.cond_stage_config.params.\($0)" }
    + ["model.params.unet_config.params.context_dim=8", "initialize.image_encoder=random"]

  @discardableResult
  func start(
    _ configuration: String, to output: String, _ overrides: [String] = []
  ) throws -> TrainingOutcome {
    let loaded = try TrainingConfiguration.load(
      files: [path("\(configuration).yaml")], overrides: overrides)
    return try TrainingRun(new: loaded, output: path(output)).train()
  }

  @discardableResult
  func resume(_ output: String, _ overrides: String...) throws -> TrainingOutcome {
    try TrainingRun(resuming: path(output), overrides: overrides).train()
  }

  /// The run as a process that was killed after the step would have left it: with lines of later
  /// steps, half a line and half a checkpoint.
  func copy(_ run: String, killedAfter step: Int, to copy: String) throws {
    try FileManager.default.copyItem(atPath: path(run), toPath: path(copy))
    for later in checkpoints(copy) where later > step { try remove("\(copy)/\(folder(later))") }
    let log = try FileHandle(forWritingTo: URL(fileURLWithPath: path("\(copy)/log.jsonl")))
    try log.seekToEnd()
    try log.write(contentsOf: Data("{\"step\": 7, \"lo".utf8))
    let partial = path("\(copy)/checkpoints/.\(folder(step + 1)).partial/unet")
    try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: true)
  }

  func folder(_ step: Int) -> String { String(format: "checkpoints/step-%06d", step) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// Steps that have a checkpoint.
  func checkpoints(_ run: String) -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path("\(run)/checkpoints")))
    return (names ?? []).compactMap { Int($0.replacing("step-", with: "")) }.sorted()
  }

  func log(_ run: String) throws -> [[String: JSONValue]] {
    let text = try String(contentsOfFile: path("\(run)/log.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      guard case .object(let members) = try JSONValue(parsing: Data(line.utf8)) else { return [:] }
      return members
    }
  }

  /// What a resumed run must have in common with one that was never stopped.
  func course(_ run: String) throws -> [[String: JSONValue]] {
    try log(run).map { line in
      line.filter { $0.key == "step" || $0.key == "epoch" || $0.key.contains("loss") }
    }
  }

  /// Every file below a folder, by its relative path.
  func contents(_ folder: String) throws -> [String: Data] {
    let root = URL(fileURLWithPath: path(folder)).resolvingSymlinksInPath()
    var files: [String: Data] = [:]
    for case let name as String in FileManager.default.enumerator(atPath: root.path) ?? .init() {
      let file = root.appendingPathComponent(name)
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
      if !isFolder.boolValue { files[name] = try Data(contentsOf: file) }
    }
    return files
  }
}
