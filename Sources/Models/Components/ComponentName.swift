/// A part of a model and what diffusers calls its folder.
public struct ComponentName: Hashable, Sendable {
  /// The folder.
  public let rawValue: String
  /// What messages call it.
  public let noun: String
  /// The library and class that `model_index.json` names; nil for what no pipeline has.
  public let pipelineEntry: (library: String, name: String)?
  /// The weights' file without its ending: safetensors, and pickles.
  let stems: (safetensors: String, pickle: String)

  /// - Parameters:
  ///   - folder: its folder within a model's.
  ///   - noun: what messages call it.
  ///   - pipelineEntry: the library and class that `model_index.json` names; nil for what no
  ///     pipeline has.
  ///   - isTransformers: whether its files are named as transformers names them, not as diffusers
  ///     does.
  public init(
    _ folder: String, noun: String, pipelineEntry: (library: String, name: String)? = nil,
    isTransformers: Bool = false
  ) {
    rawValue = folder
    self.noun = noun
    self.pipelineEntry = pipelineEntry
    let diffusers = "diffusion_pytorch_model"
    stems = isTransformers ? ("model", "pytorch_model") : (diffusers, diffusers)
  }

  /// - Parameters:
  ///   - folder: its folder within a model's.
  ///   - noun: what messages call it.
  ///   - file: the weights' file without its ending.
  init(_ folder: String, noun: String, file: String) {
    (rawValue, self.noun, pipelineEntry, stems) = (folder, noun, nil, (file, file))
  }

  var weightsFile: String { stems.safetensors + ".safetensors" }

  public static func == (a: ComponentName, b: ComponentName) -> Bool { a.rawValue == b.rawValue }
  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
