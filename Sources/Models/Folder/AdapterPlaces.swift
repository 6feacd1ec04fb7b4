import Support

extension AdapterSource {
  /// The file, and PEFT's configuration beside it.
  ///
  /// - Parameter choice: which of a run's adapters.
  /// - Throws: ``AdapterError/notAdapters(_:)``, `FileError`.
  func files(_ choice: WeightChoice) throws -> (weights: String, configuration: String?) {
    guard FileSystem.exists(path) else { throw FileError.missing(path: path) }
    guard FileSystem.isFolder(path) else { return (path, nil) }
    let peft = "\(path)/adapter_config.json"
    let ending = [".safetensors", ".bin"].first { FileSystem.exists("\(path)/adapter_model\($0)") }
    if let ending, FileSystem.exists(peft) { return ("\(path)/adapter_model\(ending)", peft) }
    let folders = try [path] + RunCheckpoints("\(path)/checkpoints").candidates()
    let files = folders.flatMap { [ModelFolder.adapterFile(in: $0, choice), "\($0)/\(Self.name)"] }
    guard let file = files.compactMap(\.self).first(where: { FileSystem.exists($0) }) else {
      throw AdapterError.notAdapters(path)
    }
    return (file, nil)
  }

  /// What diffusers calls a file of adapters.
  private static let name = ComponentName.adapters.weightsFile
}

extension ModelFolder {
  /// The adapters that training has written beside the weights that they change; nil where there are none.
  static func adapterFile(in folder: String, _ choice: WeightChoice) -> String? {
    let files = [choice == .averaged, false].map {
      weightsFile(.adapters, averaged: $0, in: folder)
    }
    return files.first { FileSystem.exists($0) }
  }
}

extension AdapterFile {
  /// - Parameter choice: which of a run's adapters.
  /// - Throws: ``AdapterError``; what is wrong with the file.
  init(_ source: AdapterSource, _ choice: WeightChoice = .averaged) throws {
    let files = try source.files(choice)
    try self.init(files.weights, configuration: files.configuration)
  }
}

extension PaintByExampleModel {
  /// Merges the model with adapters.
  ///
  /// - Parameters:
  ///   - sources: their files, which are read now; weights change when they are used.
  ///   - choice: which of a run's adapters.
  /// - Returns: what a user should know: what is left out, and why.
  /// - Throws: ``AdapterError``; what is wrong with a file.
  package func merge(
    _ sources: [AdapterSource], _ choice: WeightChoice = .averaged
  ) throws -> [String] {
    try AdapterMerge.merge(
      sources.map { (try AdapterFile($0, choice), $0.weight) }, into: adaptedNetworks())
  }
}
