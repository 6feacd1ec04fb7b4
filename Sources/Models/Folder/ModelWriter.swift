import Foundation
import Support
import Tensors

extension ModelFolder {
  /// Writes one component: `config.json` and its weights.
  ///
  /// - Parameters:
  ///   - component: names its folder and its files.
  ///   - configuration: for `config.json`.
  ///   - weights: by their names in the file.
  ///   - averaged: writes beside the raw weights, into `NAME_ema/`.
  ///   - folder: the model folder.
  ///   - twin: a file that holds the same weights already, from ``weightsFile(_:averaged:in:)``. It
  ///     is linked where the file system can: no second copy on the disk.
  ///   - type: what the weights are stored as.
  public static func write(
    _ component: ComponentName, configuration: [String: JSONValue], weights: [String: Tensor],
    averaged: Bool = false, to folder: String, twin: String? = nil,
    type: Safetensors.ElementType = .float32
  ) throws {
    try write(
      component, configuration: configuration,
      weights: weights.map { name, tensor in Safetensors.Pending(name, tensor.shape) { tensor } },
      averaged: averaged, to: folder, twin: twin, type: type)
  }

  static func write(
    _ component: ComponentName, configuration: [String: JSONValue], weights: [Safetensors.Pending],
    averaged: Bool = false, to folder: String, twin: String? = nil,
    type: Safetensors.ElementType = .float32
  ) throws {
    let file = weightsFile(component, averaged: averaged, in: folder)
    let target = file.parentFolder
    try Folder.make(target)
    try write(configuration, to: "\(target)/config.json")
    if let twin, FileSystem.link(twin, file) == 0 { return }
    try Safetensors.write(weights, to: file, type: type, metadata: ["format": "pt"])
  }

  /// Where a model folder keeps a component's weights.
  public static func weightsFile(
    _ component: ComponentName, averaged: Bool, in folder: String
  ) -> String {
    "\(folder)/\(component.rawValue)\(averaged ? "_ema" : "")/\(component.weightsFile)"
  }

  /// Writes what binds the components together: the index, the scheduler, the preprocessing.
  ///
  /// - Parameters:
  ///   - scheduler: the noise schedule and what the network predicts.
  ///   - preprocessing: of references; nil where the condition is no picture.
  ///   - folder: the model folder.
  public static func writeFrame(
    scheduler: SchedulerConfiguration, preprocessing: PreprocessorConfiguration?,
    to folder: String
  ) throws {
    try Folder.make("\(folder)/scheduler")
    try write(scheduler.json, to: "\(folder)/scheduler/scheduler_config.json")
    if let preprocessing {
      try Folder.make("\(folder)/feature_extractor")
      try write(
        preprocessing.json, to: "\(folder)/feature_extractor/preprocessor_config.json")
    }
    try write(index, to: "\(folder)/model_index.json")
  }

  private static func write(_ members: [String: JSONValue], to path: String) throws {
    try AtomicFile.write(Data((JSONValue.object(members).text + "\n").utf8), to: path)
  }

  private static var index: [String: JSONValue] {
    func entry(_ library: String, _ name: String) -> JSONValue {
      .array([.string(library), .string(name)])
    }
    let parts = components.compactMap { component in
      component.name.pipelineEntry.map { (component.name.rawValue, entry($0.library, $0.name)) }
    }
    return Dictionary(uniqueKeysWithValues: parts).merging([
      "_class_name": .string("PaintByExamplePipeline"),
      "_diffusers_version": .string(diffusersVersion),
      "feature_extractor": entry("transformers", "CLIPImageProcessor"),
      "requires_safety_checker": .bool(false),
      "safety_checker": .array([.null, .null]),
      "scheduler": entry("diffusers", "PNDMScheduler"),
    ]) { own, _ in own }
  }
}
