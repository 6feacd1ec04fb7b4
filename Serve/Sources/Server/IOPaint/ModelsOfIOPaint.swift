import PaintByExample
import Synchronization

/// The models as IOPaint's clients see them: one is chosen at a time, for all clients.
final class ModelsOfIOPaint: Sendable {
  /// The clients show what a reference needs for a model of this name and no other.
  static let methodName = "Fantasy-Studio/Paint-by-Example"

  private let shelf: ModelShelf
  private let chosen: Mutex<Int>

  init(_ shelf: ModelShelf) {
    self.shelf = shelf
    chosen = Mutex(0)
  }

  var current: ServedModel { shelf.models[chosen.withLock { $0 }] }

  /// Chooses by a model's own name, or keeps the one that there is.
  ///
  /// - Throws: ``Refusal``.
  func choose(_ name: Given) throws(Refusal) {
    if try name.text() == Self.methodName { return }
    let model = try shelf.find(name)
    if let place = shelf.models.firstIndex(where: { $0 === model }) {
      chosen.withLock { $0 = place }
    }
  }

  var currentInfo: JSONValue { Self.info(name: Self.methodName, path: current.name) }

  /// The current one under the name that clients need, the others under their own.
  var infos: JSONValue {
    let current = current
    return .array(
      shelf.models.map { model in
        model === current ? currentInfo : Self.info(name: model.name, path: model.name)
      })
  }

  private static func info(name: String, path: String) -> JSONValue {
    let unsupported = [
      "need_prompt", "support_strength", "support_outpainting", "support_lcm_lora",
      "support_controlnet", "support_brushnet", "support_powerpaint_v2",
      "is_single_file_diffusers",
    ]
    var members: [String: JSONValue] = [
      "name": .string(name), "path": .string(path), "model_type": .string("diffusers_other"),
      "controlnets": .array([]), "brushnets": .array([]),
    ]
    for name in unsupported { members[name] = .bool(false) }
    return .object(members)
  }
}
