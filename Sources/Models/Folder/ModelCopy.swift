import Autograd
import Foundation
import Support
import Tensors

/// How a model is laid out on the disk.
public enum ModelFormat: String, CaseIterable, Sendable {
  /// A folder with one folder a component.
  case diffusers
  /// One safetensors file under the original code's names.
  case originalNames = "ckpt-names"
}

extension ModelFolder {
  /// Writes a model that others can use: one set of weights, no training state.
  ///
  /// - Parameters:
  ///   - target: a folder that doesn't exist or is empty; with original names also the path of a
  ///     `.safetensors` file that doesn't exist, otherwise it is `model.safetensors` in the folder.
  ///   - choice: averaged weights become the model's only ones.
  ///   - type: what the weights are stored as; arithmetic is fp32 whatever it is.
  ///   - format: the layout and the names.
  ///   - decoder: whose decoder it gets; nil to keep its own.
  ///   - usual: what it is sampled with where nothing else is said; nil as it was.
  /// - Returns: what reading the model passed over.
  /// - Throws: ``ModelFolderError``, `FileError`.
  @discardableResult public func copy(
    to target: String, _ choice: WeightChoice = .averaged, as type: Safetensors.ElementType,
    format: ModelFormat = .diffusers, decoderOf decoder: ModelFolder? = nil,
    usual: SchedulerClass? = nil
  ) throws -> SkippedParts {
    try Self.requireFree(target)
    let (model, weights) = try inspectedModel(choice)
    var scheduler = try scheduler()
    if let usual { scheduler.grid.usual = usual }
    if let decoder { try model.takeDecoder(of: decoder.autoencoder(choice), from: decoder.path) }
    if format == .originalNames, target.hasSuffix(".safetensors") {
      if !target.parentFolder.isEmpty { try Folder.make(target.parentFolder) }
      try writeOriginal(model, scheduler, to: target, type)
    } else {
      try AtomicFolder.make(target) { folder in
        switch format {
        case .diffusers: try writeFolder(model, scheduler, to: folder, type)
        case .originalNames:
          if let text = model.conditioner as? TextConditioner {
            try text.tokenizer.write(to: "\(folder)/\(Self.tokenizerFolder)")
          }
          try writeOriginal(model, scheduler, to: "\(folder)/model.safetensors", type)
        }
      }
    }
    return skipped(weights, choice)
  }

  private static func requireFree(_ target: String) throws {
    guard FileSystem.exists(target) else { return }
    guard FileSystem.isFolder(target), try FileSystem.names(in: target).isEmpty else {
      throw ModelFolderError.occupied(target)
    }
  }

  private func writeFolder(
    _ model: PaintByExampleModel, _ scheduler: SchedulerConfiguration, to folder: String,
    _ type: Safetensors.ElementType
  ) throws {
    try Self.writeFrame(of: model, scheduler: scheduler, to: folder)
    for part in model.parts {
      let weights = part.parameters.parameters.map { parameter in
        Safetensors.Pending(parameter.name, parameter.shape) { parameter.takenOnce }
      }
      try Self.write(
        part.name, configuration: part.configuration, weights: weights, to: folder, type: type)
    }
  }

  /// One file under the original code's names. Our configurations stand in its metadata: shapes do
  /// not tell all of them.
  private func writeOriginal(
    _ model: PaintByExampleModel, _ scheduler: SchedulerConfiguration, to path: String,
    _ type: Safetensors.ElementType
  ) throws {
    var metadata = ["format": "pt"]
    metadata[OriginalCheckpoint.schedulerKey] = JSONValue.object(scheduler.json).text
    let parts = model.parts.filter { !$0.originalNames.isEmpty }  // a tiny decoder has none there
    for part in parts {
      metadata[part.name.rawValue] = JSONValue.object(part.configuration).text
    }
    let tensors = parts.flatMap { part in
      Self.originals(part.parameters.parameters, NameMap(part.originalNames))
    }
    try Safetensors.write(tensors, to: path, type: type, metadata: metadata)
  }

  /// The tensors of an original checkpoint, stacked where its modules hold several of ours.
  private static func originals(_ parameters: [Parameter], _ map: NameMap) -> [Safetensors.Pending]
  {
    let placed = parameters.map { (parameter: $0, place: map.place(of: $0.name)) }
    return Dictionary(grouping: placed, by: \.place.name).compactMap { name, parts in
      let stack = parts.sorted { $0.place.part?.index ?? 0 < $1.place.part?.index ?? 0 }
      guard let first = stack.first else { return nil }
      let parameters = stack.map(\.parameter)
      return Safetensors.Pending(name, first.place.shape(for: first.parameter.shape)) {
        let values = parameters.map(\.takenOnce)
        return values.count == 1 ? values[0] : .concatenated(values, axis: 0)
      }
    }
  }
}

extension Parameter {
  /// The value, which stays in memory no longer than the caller needs it where it can be read again.
  fileprivate var takenOnce: Tensor {
    let value = value
    forget()
    return value
  }
}

extension PaintByExampleModel {
  /// One component, to be written.
  fileprivate struct Part {
    let name: ComponentName
    let parameters: ParameterStore
    let configuration: [String: JSONValue]
    let originalNames: [ModuleName]

    init<Network: ModelComponent>(_ component: Component<Network>) {
      name = Network.name
      parameters = component.parameters
      configuration = component.network.configuration.json
      originalNames = component.network.configuration.originalNames
    }

    init(_ conditioner: some FolderConditioner) { self.init(conditioner.component) }
  }

  fileprivate var parts: [Part] {
    [Part(unet), Part(autoencoder)] + (tinyDecoder.map { [Part($0)] } ?? [])
      + ((conditioner as? any FolderConditioner).map { [Part($0)] } ?? [])
  }
}
