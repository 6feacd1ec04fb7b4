import Support

/// What can be wrong with a model on disk.
public enum ModelFolderError: Error, CustomStringConvertible {
  case missing(_ path: String)
  case notAModel(_ path: String, isRun: Bool)
  case notOriginal(_ path: String)
  case severalCheckpoints(_ path: String, _ names: [String])
  case missingComponent(_ path: String, _ component: ComponentName)
  case missingTokenizer(_ path: String)
  case missingWeights(folder: String, expected: [String])
  case mismatch(_ misfits: [MisfitWeights])
  case broken(_ problems: [String])
  case doesNotFit(_ path: String, _ problems: [String])
  case occupied(_ path: String)
  case notTinyDecoder(_ path: String)
  case otherLatents(_ path: String, _ reason: String)

  public var description: String {
    switch self {
    case .missing(let path) where FileSystem.isLink(path):
      "\(path): its symbolic links lead nowhere, or in a circle"
    case .missing(let path):
      "\(path): no such file or folder; give a model folder, a run directory or a checkpoint"
    case .notAModel(let path, let isRun):
      isRun
        ? "\(path): this run has no checkpoint yet; train it further, or give another model"
        : "\(path): not a model: expected model_index.json and the folders unet/, vae/ and "
          + "image_encoder/, a run directory with checkpoints/latest, or one original checkpoint "
          + "(.ckpt or .safetensors)"
    case .notOriginal(let path):
      "\(path): not a whole model: no weight in it has a name of the original code "
        + "(model.diffusion_model.…, first_stage_model.…, cond_stage_model.…); "
        + "of a model in several folders give the folder that holds them all"
    case .severalCheckpoints(let path, let names):
      "\(path): holds several files that may be meant: "
        + names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
        + "; give one of them"
    case .missingComponent(let path, let component):
      Self.missing(component, path)
    case .missingTokenizer(let path):
      "\(path): the model paints after texts, and its tokenizer is missing: put the folder tokenizer/ "
        + "or OpenAI's \(OpenAIVocabulary.name) \(Self.isFile(path) ? "beside" : "into") it"
    case .missingWeights(let folder, let expected):
      "\(folder)/\(expected.first ?? ""): there is no such file, nor "
        + expected.dropFirst().joined(separator: ", ") + "; is the model complete?"
    case .mismatch(let misfits):
      misfits.map(\.description).joined()
    case .broken(let problems):
      problems.joined(separator: "\n")
    case .occupied(let path):
      "\(path): \(FileSystem.isFolder(path) ? "the folder is not empty" : "there is a file of that name"); "
        + "give one that does not exist yet"
    case .notTinyDecoder(let path):
      "\(path): not a tiny decoder: expected the weights decoder.layers.0.weight and so on of diffusers' "
        + "AutoencoderTiny"
    case .otherLatents(let path, let reason):
      "\(path): its decoder reads other latents than this model makes: \(reason); give an autoencoder that "
        + "was trained from this model's, with `first_stage_config.params.trained: decoder`"
    case .doesNotFit(let path, let problems):
      "\(path): the components do not fit together:\n"
        + problems.map { "  \($0)" }.joined(separator: "\n")
    }
  }

  private static func isFile(_ path: String) -> Bool {
    path.hasSuffix(".ckpt") || path.hasSuffix(".safetensors")
  }

  private static func missing(_ component: ComponentName, _ path: String) -> String {
    let what =
      isFile(path)
      ? "\(path): has no weights of \(component.rawValue)"
      : "\(path): has no \(component.rawValue)/config.json; is the model complete?"
    return component != .imageEncoder
      ? what : what + " (Stable Diffusion has none: it can only be a start, under `initialize`)"
  }
}
