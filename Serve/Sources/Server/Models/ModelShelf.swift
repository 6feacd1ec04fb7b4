import Foundation
import PaintByExample
import Synchronization

/// A model under the name that clients know it by.
public final class ServedModel: Sendable {
  public let name: String
  let session: EditSession
  private let state = Mutex<(isLoaded: Bool, preview: LatentPreview?)>((false, nil))

  /// Opens the model's folder; weights are read when they are needed.
  ///
  /// - Throws: what is wrong with the folder.
  public init(
    name: String, path: String, weights: WeightChoice = .averaged, adapters: [AdapterSource] = []
  ) throws {
    self.name = name
    session = try EditSession(
      model: path, weights: weights, adapters: adapters, residency: .keep)
  }

  /// What of the model's files had no place in it, a sentence each.
  public var notes: [String] { session.notes }

  var isLoaded: Bool { state.withLock { $0.isLoaded } }

  /// How latents look; fitted when first asked for.
  func preview() -> LatentPreview? {
    if let known = state.withLock({ $0.preview }) { return known }
    let fitted = session.preview()
    state.withLock { $0.preview = fitted }
    return fitted
  }

  func markLoaded() { state.withLock { $0.isLoaded = true } }

  func release() {
    session.release()
    state.withLock { $0.isLoaded = false }
  }
}

/// The models of a server; the first is the one for requests that name none.
struct ModelShelf: Sendable {
  let models: [ServedModel]

  /// - Throws: ``Refusal``.
  func find(_ given: Given?) throws(Refusal) -> ServedModel {
    let name = try given?.text()
    guard let found = name == nil ? models.first : models.first(where: { $0.name == name }) else {
      let known = models.map(\.name).joined(separator: ", ")
      throw .invalid(
        "model is \(JSONValue.string(name ?? "").line.prefix(80)), expected one of \(known)")
    }
    return found
  }
}
