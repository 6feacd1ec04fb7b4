import Synchronization
import Tensors

/// A value that nobody has asked for yet: whoever does says in which form.
///
/// Products by tiles read brain floats. A norm whose reader is a product then never writes fp32, and
/// what is added to a product, or applied to it, happens on its way out of the tiles. Modules need not
/// know: operations defer where tiles multiply and nothing is recorded, and every value can be had as
/// fp32 at any time.
protocol Deferred: Sendable {
  var shape: [Int] { get }
  /// Whether making the value leaves what its gradient needs.
  var savesWhenMade: Bool { get }

  func tensor() -> Tensor
  /// The same numbers as ``tensor()``'s, rounded.
  func rounded(pieces: Int, isBordered: Bool) -> BrainFloats
}

extension Deferred {
  var savesWhenMade: Bool { false }
}

/// A value in the forms in which it has been asked for; each is made once.
final class Forms: Sendable {
  private struct State {
    var tensor: Tensor?
    var rounded: BrainFloats?
    var deferred: (any Deferred)?
  }
  let shape: [Int]
  private let state: Mutex<State>

  init(_ tensor: Tensor) {
    shape = tensor.shape
    state = Mutex(State(tensor: tensor))
  }

  init(_ deferred: any Deferred) {
    shape = deferred.shape
    state = Mutex(State(deferred: deferred))
  }

  var tensor: Tensor {
    state.withLock { state in
      if let tensor = state.tensor { return tensor }
      guard let deferred = state.deferred else { fatalError("a value that nothing makes") }
      let tensor = deferred.tensor()
      (state.tensor, state.deferred) = (tensor, nil)
      return tensor
    }
  }

  func rounded(pieces: Int, isBordered: Bool) -> BrainFloats {
    state.withLock { state in
      if let rounded = state.rounded, rounded.pieces == pieces, rounded.isBordered == isBordered {
        return rounded
      }
      let rounded =
        state.tensor.map { BrainFloats($0, pieces: pieces, isBordered: isBordered) }
        ?? state.deferred?.rounded(pieces: pieces, isBordered: isBordered)
      guard let rounded else { fatalError("a value that nothing makes") }
      state.rounded = rounded
      return rounded
    }
  }

  /// How the value will be made; nil once it has been, in any form.
  var deferred: (any Deferred)? {
    state.withLock { $0.rounded == nil ? $0.deferred : nil }
  }
}

extension Variable {
  /// Brain floats that stand for a number where operations defer; nil where they don't.
  static var deferredPieces: Int? {
    isTraining || usesWeightsOnce ? nil : productPrecision.tilePieces
  }

  /// Whether what is recorded now, or will be when it is computed again, rounds its products' factors for
  /// tiles.
  static var recordsRounded: Bool {
    roundsRecorded && isTraining && ProductPrecision.bf16.tilePieces != nil
  }

  /// Whether rows that others are made from wait for their readers, which are products by tiles.
  static var defersRows: Bool { deferredPieces != nil || recordsRounded }

  convenience init(deferred: any Deferred) { self.init(Forms(deferred), node: nil) }
}
