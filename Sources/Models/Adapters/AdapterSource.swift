import Support

/// Where adapters lie that a model is to be merged with, and how much of them.
public struct AdapterSource: Equatable, Sendable, CustomStringConvertible {
  /// A file, a folder that holds one, or a run that trained adapters.
  public let path: String
  /// Multiplies the change; 1 is the adapters as they are.
  public let weight: Float

  public init(path: String, weight: Float = 1) {
    (self.path, self.weight) = (path, weight)
  }

  /// Reads `FILE` or `FILE:WEIGHT`. What follows the last colon and is no number belongs to the path.
  ///
  /// Nil where there is no path, or the weight is not finite.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"),
      let weight = Float(text[text.index(after: colon)...])
    else {
      guard !text.isEmpty else { return nil }
      self.init(path: text)
      return
    }
    guard colon != text.startIndex, weight.isFinite else { return nil }
    self.init(path: String(text[..<colon]), weight: weight)
  }

  public var description: String { weight == 1 ? path : "\(path):\(weight.shortest)" }

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
    let folders = [path] + RunCheckpoints("\(path)/checkpoints").candidates
    let files = folders.flatMap { [ModelFolder.adapterFile(in: $0, choice), "\($0)/\(Self.name)"] }
    guard let file = files.compactMap(\.self).first(where: { FileSystem.exists($0) }) else {
      throw AdapterError.notAdapters(path)
    }
    return (file, nil)
  }

  /// What diffusers calls a file of adapters.
  private static let name = ComponentName.adapters.weightsFile
}

extension [AdapterSource] {
  /// For what is written about results; nothing where there are none.
  package var described: [(key: String, value: String)] {
    isEmpty ? [] : [("lora", map(\.description.readablePath).joined(separator: ", "))]
  }
}

extension ComponentName {
  /// What diffusers keeps apart from pipelines.
  public static let adapters = ComponentName(
    "lora", noun: "adapters", file: "pytorch_lora_weights")
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
