import Foundation
import Models
import Tensors
import TestSupport

/// A random model on the disk, to be rewritten into the forms in which models circulate. Removed with
/// the value.
final class ModelForms {
  let folder = NSTemporaryDirectory() + "model-forms-\(UUID().uuidString)"
  /// The model as we write it.
  var model: String { path("model") }

  init() throws { try TinyModel.write(to: model) }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func file(_ component: ComponentName) -> String {
    ModelFolder.weightsFile(component, averaged: false, in: model)
  }

  /// Changes one file of tensors: names, values, or both.
  func rewrite(
    _ path: String, to target: String? = nil, type: Safetensors.ElementType = .float32,
    _ change: (inout [String: Tensor]) -> Void
  ) throws {
    var tensors = try Safetensors(path).tensors()
    change(&tensors)
    if target != nil { try FileManager.default.removeItem(atPath: path) }
    try Safetensors.write(tensors, to: target ?? path, type: type)
  }

  /// Changes a component's weights.
  func rewrite(_ component: ComponentName, _ change: (inout [String: Tensor]) -> Void) throws {
    try rewrite(file(component), change)
  }

  /// All weights of a model, `COMPONENT/NAME`.
  static func weights(_ path: String, _ choice: WeightChoice = .averaged) throws -> [String: Tensor]
  {
    let model = try ModelFolder(at: path).model(choice)
    var all: [String: Tensor] = [:]
    for (name, store) in [
      ("unet", model.unet.parameters), ("vae", model.autoencoder.parameters),
      ("image_encoder", model.conditioner.parameters),
    ] {
      for (key, value) in store.weights { all["\(name)/\(key)"] = value }
    }
    return all
  }

  /// A model of which shapes tell every size: 32 groups, 8 heads, heads of 64.
  func writePublishedProportions(to path: String) throws {
    var unet = UNetConfiguration()
    unet.blockOutChannels = [32, 64, 64]
    unet.layersPerBlock = 2
    unet.attentionLevels = [true, false, true]
    unet.crossAttentionDimension = 24
    var autoencoder = AutoencoderConfiguration()
    autoencoder.blockOutChannels = [32, 64]
    autoencoder.layersPerBlock = 2
    autoencoder.sampleSize = 128
    var encoder = ImageEncoderConfiguration()
    encoder.hiddenSize = 64
    encoder.intermediateSize = 96
    encoder.layers = 9
    encoder.heads = 1
    encoder.patchSize = 4
    encoder.imageSize = 12
    encoder.projectionDimension = 24
    try TinyModel.write(unet, autoencoder, encoder, to: path)
  }
}

extension [String: Tensor] {
  mutating func rename(_ name: String, to other: String) { self[other] = removeValue(forKey: name) }

  /// Renames everything below a prefix.
  mutating func move(_ prefix: String, to other: String) {
    for name in keys where name.hasPrefix(prefix) {
      rename(name, to: other + name.dropFirst(prefix.count))
    }
  }

  /// Rows on top of each other.
  mutating func stack(_ names: [String], as name: String) {
    self[name] = .concatenated(names.compactMap { removeValue(forKey: $0) }, axis: 0)
  }
}
