import Autograd
import Foundation
import Support
import Tensors

/// CLIP's vision tower on disk.
///
/// It comes from a folder of transformers (`CLIPModel`, `CLIPVisionModelWithProjection`) or from a
/// state dict of OpenAI's CLIP or open_clip. The text tower and the temperature are passed over by
/// name; any other name that is not a weight of the tower is an error.
extension CLIPVision {
  /// - Parameter path: A folder with `config.json`, its weights, or a state dict.
  /// - Throws: ``EvaluatorError``, `ModelConfigurationError`, or what is wrong with the file.
  package static func load(from path: String) throws -> Component<CLIPVision> {
    guard FileSystem.exists(path) else { throw FileError.missing(path: path) }
    guard FileSystem.isFolder(path) else { return try load(openTensors(path)) }
    let configuration = URL(fileURLWithPath: "\(path)/config.json")
    guard FileSystem.exists(configuration.path) else {
      throw EvaluatorError.noConfiguration(folder: path)
    }
    return try load(
      openTensors(WeightFiles.path(in: path, .imageEncoder)),
      ImageEncoderConfiguration(clip: configuration))
  }

  private static func load(_ file: any TensorFile) throws -> Component<CLIPVision> {
    let original = OpenAICLIP(file)
    if original.hasVision { return try original.vision() }
    let folder = file.path.parentFolder
    let beside = URL(fileURLWithPath: folder.isEmpty ? "config.json" : "\(folder)/config.json")
    guard transformersPlace(file) != nil else { throw EvaluatorError.notCLIP(file.path) }
    guard FileSystem.exists(beside.path) else {
      throw EvaluatorError.needsConfiguration(file: file.path)
    }
    return try load(file, ImageEncoderConfiguration(clip: beside))
  }

  /// What stands before the tower's names: some versions of transformers leave a level out.
  private static func transformersPlace(_ file: any TensorFile) -> String? {
    let layouts = file.layouts
    return ["vision_model.", "", "model.vision_model."].first {
      layouts[$0 + "embeddings.class_embedding"] != nil
    }
  }

  private static func load(
    _ file: any TensorFile, _ configuration: ImageEncoderConfiguration
  ) throws -> Component<CLIPVision> {
    guard let place = transformersPlace(file) else { throw EvaluatorError.notCLIP(file.path) }
    let component = Component<CLIPVision>(configuration)
    let parameters = component.parameters.parameters
    let ours = "vision_model."
    let names = parameters.filter { $0.name.hasPrefix(ours) }.map {
      ModuleName($0.name, place + $0.name.dropFirst(ours.count))
    }
    let skipped = { (name: String) in
      name.hasPrefix("text_model.") || name == CLIPText.projectionName
        || name == CLIPText.logitScaleName
        || name == place + "embeddings.position_ids"
    }
    let weights = EvaluatorWeights(
      file, of: "the CLIP that config.json describes", map: NameMap(names), isSkipped: skipped)
    try component.parameters.load(weights.checked(for: parameters))
    return component
  }
}

/// CLIP's text tower on disk, in the same folders and files; the vision tower is passed over by name.
extension CLIPText {
  /// - Parameter path: A folder with `config.json`, its weights, or a state dict.
  /// - Throws: ``EvaluatorError``, `ModelConfigurationError`, or what is wrong with the file.
  package static func load(from path: String) throws -> Component<CLIPText> {
    guard FileSystem.exists(path) else { throw FileError.missing(path: path) }
    let isFolder = FileSystem.isFolder(path)
    let folder = isFolder ? path : FileError.folder(of: path)
    let configuration = URL(fileURLWithPath: "\(folder)/config.json")
    let hasConfiguration = FileSystem.exists(configuration.path)
    if isFolder, !hasConfiguration { throw EvaluatorError.noConfiguration(folder: path) }
    let file = try openTensors(isFolder ? WeightFiles.path(in: path, .textEncoder) : path)
    let original = OpenAICLIP(file)
    if original.hasText { return try original.text() }
    guard let place = transformersPlace(file) else { throw EvaluatorError.noText(file.path) }
    guard hasConfiguration else { throw EvaluatorError.needsConfiguration(file: file.path) }
    return try load(file, below: place, TextEncoderConfiguration(contentsOf: configuration))
  }

  /// The tokenizer in a folder of CLIP, or beside a state dict.
  ///
  /// - Throws: ``TokenizerError``, `FileError`.
  package static func tokenizer(for path: String) throws -> Tokenizer {
    try Tokenizer(at: FileSystem.isFolder(path) ? path : FileError.folder(of: path))
  }

  /// What stands before the tower's names: some versions of transformers leave a level out.
  private static func transformersPlace(_ file: any TensorFile) -> String? {
    let layouts = file.layouts
    return ["text_model", "", "text_model.text_model"].first {
      layouts[($0.isEmpty ? "" : $0 + ".") + "embeddings.token_embedding.weight"] != nil
    }
  }

  private static func load(
    _ file: any TensorFile, below place: String, _ configuration: TextEncoderConfiguration
  ) throws -> Component<CLIPText> {
    var component = Component<CLIPText>(configuration)
    let positions = (place.isEmpty ? "" : place + ".") + "embeddings.position_ids"
    let skipped = { (name: String) in
      name.hasPrefix("vision_model.") || name == CLIPVision.projectionName
        || name == logitScaleName || name == positions
    }
    let weights = EvaluatorWeights(
      file, of: "the CLIP that config.json describes",
      map: NameMap(configuration.towerNames(below: place)), isSkipped: skipped)
    try component.parameters.load(weights.checked(for: component.parameters.parameters))
    component.network.logitScale = try logitScale(in: file)
    return component
  }

  /// The scale of CLIP's comparison that a file holds.
  static func logitScale(in file: any TensorFile) throws -> Float? {
    guard file.layouts[logitScaleName] != nil else { return nil }
    return try file.reader(of: logitScaleName)().values.first
  }
}
