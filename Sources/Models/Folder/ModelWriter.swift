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
    if let preprocessing {
      try Folder.make("\(folder)/feature_extractor")
      try write(
        preprocessing.json, to: "\(folder)/feature_extractor/preprocessor_config.json")
    }
    try writeFrame(
      scheduler: scheduler, pipeline: "PaintByExamplePipeline",
      components: [.unet, .autoencoder, .imageEncoder],
      others: ["feature_extractor": ("transformers", "CLIPImageProcessor")], to: folder)
  }

  /// Writes what binds a whole model's components together, and what its prompts are prepared by.
  public static func writeFrame(
    of model: PaintByExampleModel, scheduler: SchedulerConfiguration, to folder: String
  ) throws {
    guard let conditioner = model.conditioner as? any FolderConditioner else {
      return try writeFrame(scheduler: scheduler, preprocessing: nil, to: folder)
    }
    try conditioner.writeFrame(model.unet.network.configuration, scheduler, to: folder)
  }

  /// - Parameters:
  ///   - scheduler: the noise schedule and what the network predicts.
  ///   - pipeline: diffusers' class.
  ///   - components: its networks.
  ///   - others: what else the folder holds, and the libraries and classes that read it.
  static func writeFrame(
    scheduler: SchedulerConfiguration, pipeline: String, components: [ComponentName],
    others: [String: (library: String, name: String)], to folder: String
  ) throws {
    try Folder.make("\(folder)/scheduler")
    try write(scheduler.json, to: "\(folder)/scheduler/scheduler_config.json")
    func entry(_ part: (library: String, name: String)) -> JSONValue {
      .array([.string(part.library), .string(part.name)])
    }
    var index: [String: JSONValue] = [
      "_class_name": .string(pipeline),
      "_diffusers_version": .string(diffusersVersion),
      "requires_safety_checker": .bool(false),
      "safety_checker": .array([.null, .null]),
      "scheduler": entry(("diffusers", scheduler.grid.usual.rawValue)),
    ]
    for component in components { index[component.rawValue] = component.pipelineEntry.map(entry) }
    for (name, part) in others { index[name] = entry(part) }
    try write(index, to: "\(folder)/model_index.json")
  }

  private static func write(_ members: [String: JSONValue], to path: String) throws {
    try AtomicFile.write(Data((JSONValue.object(members).text + "\n").utf8), to: path)
  }
}
