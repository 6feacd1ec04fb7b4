import Support
import Synchronization
import Tensors

/// How a parameter starts.
public enum Initialization: Sendable, Equatable {
  case constant(Float)
  /// Uniform in [−bound, bound).
  case uniform(bound: Float)
  case normal(deviation: Float)

  /// PyTorch's default for linear and convolution layers, times `gain`.
  public static func fanIn(_ count: Int, gain: Float = 1) -> Initialization {
    .uniform(bound: gain / Float(max(count, 1)).squareRoot())
  }

  func callAsFunction(_ shape: [Int], seed: UInt64, name: String) -> Tensor {
    var random = RandomStream(seed: seed, purpose: name)
    switch self {
    case .constant(let value): return Tensor(full: shape, value)
    case .uniform(let bound): return Tensor(uniform: shape, -bound, bound, using: &random)
    case .normal(let deviation): return Tensor(normal: shape, using: &random) * deviation
    }
  }
}

/// A named tensor that training changes. Its memory is allocated when it is first used.
public final class Parameter: Sendable {
  public let name: String
  public let shape: [Int]
  /// Of learning, in units of the optimiser's; see ``AdamW``.
  public let rate: Double
  private let node = Node.leaf()
  private let state: Mutex<State>

  private struct State {
    /// Makes the first value.
    var initial: @Sendable () -> Tensor
    var value: Tensor?
    /// Reads the value from its file, as long as it is what stands there.
    var read: (@Sendable () -> Tensor)?
    var isTrainable = true
    var adapter: LowRankAdapter?
    /// Made of the value, and forgotten with it.
    var packed: PackedMatrix?
    var strips: TileWeight?

    /// Replaces the value, or what it is read from, and what was made of it.
    mutating func hold(_ value: Tensor?, from read: (@Sendable () -> Tensor)? = nil) {
      (self.value, self.read, packed, strips) = (value, read, nil, nil)
    }
  }

  init(
    _ name: String, _ shape: [Int], rate: Double = 1, initial: @escaping @Sendable () -> Tensor
  ) {
    self.name = name
    self.shape = shape
    self.rate = rate
    state = Mutex(State(initial: initial))
  }

  public var count: Int { shape.reduce(1, *) }

  /// The value now; setting it checks the shape.
  public var value: Tensor {
    get {
      state.withLock { state in
        if let value = state.value { return value }
        let value = state.read?() ?? state.initial()
        check(value.shape == shape, "\(name): \(value.shape) instead of \(shape)")
        state.value = value
        return value
      }
    }
    set {
      check(newValue.shape == shape, "\(name): \(newValue.shape) instead of \(shape)")
      state.withLock { $0.hold(newValue) }
    }
  }

  /// Takes the value from `read` when it is next used, and again after ``unload()``.
  package func load(from read: @escaping @Sendable () -> Tensor) {
    state.withLock { $0.hold(nil, from: read) }
  }

  /// Changes the value, however often it is read from its file.
  package func amend(_ change: @escaping @Sendable (Tensor) -> Tensor) {
    guard let read = state.withLock({ $0.read }) else { return value = change(value) }
    load { change(read()) }
  }

  /// Starts at zero: takes no memory before it is used.
  func zero() {
    let shape = shape
    state.withLock { state in
      state.hold(nil)
      state.initial = { Tensor(zeros: shape) }
    }
  }

  /// Changes the value in place, without a second copy when nobody else holds it.
  public func update(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    var value = value
    // `value` is now the only reference
    state.withLock { $0.hold(nil) }
    value.withUnsafeMutableBufferPointer(body)
    state.withLock { $0.value = value }
  }

  /// Whether gradients flow to it; frozen parameters are constants.
  public var isTrainable: Bool {
    get { state.withLock { $0.isTrainable } }
    set { state.withLock { $0.isTrainable = newValue } }
  }

  /// What layers add to the products of this weight.
  public var adapter: LowRankAdapter? {
    get { state.withLock { $0.adapter } }
    set { state.withLock { $0.adapter = newValue } }
  }

  /// The value as part of a computation.
  public var variable: Variable { Variable(value, node: isTrainable ? node : nil, of: self) }

  /// The weight of a linear map (or of a convolution of single pixels) as products want it, made when
  /// it is first asked for. Nil for other shapes; and for a value that no file holds, since training
  /// changes it and would only need memory for two. A mapped file's memory is given back.
  func packed(_ precision: ProductPrecision) -> PackedMatrix? {
    let isLinear = shape.count == 2 || (shape.count == 4 && shape[2...] == [1, 1])
    guard isLinear, PackedMatrix.fits(shape), PackedMatrix.serves(precision) else { return nil }
    let value = value
    return state.withLock { state in
      if let packed = state.packed, packed.precision == precision { return packed }
      guard state.read != nil else { return nil }
      let packed = PackedMatrix(value.reshaped([shape[0], shape[1]]), precision)
      state.packed = packed
      value.releasePages()
      return packed
    }
  }

  /// The weight of a linear map or a convolution as products by tiles want it; kept, as ``packed(_:)`` is,
  /// only of a value that a file holds.
  func strips(pieces: Int, isGated: Bool) -> TileWeight {
    let value = value
    return state.withLock { state in
      if let strips = state.strips, strips.pieces == pieces, strips.isGated == isGated {
        return strips
      }
      let strips = TileWeight(of: value, pieces: pieces, isGated: isGated)
      if state.read != nil {
        (state.strips, state.packed) = (strips, nil)
        value.releasePages()
      }
      return strips
    }
  }

  /// Whether the value is in memory, in whatever order.
  package var isLoaded: Bool {
    state.withLock { $0.value != nil || $0.packed != nil || $0.strips != nil }
  }

  /// Lets go of a value that can be read from its file again, without touching its memory: whoever
  /// holds it still can.
  package func forget() {
    state.withLock { state in
      if state.read != nil { state.value = nil }
    }
  }

  /// Frees the memory of a value that can be read from its file again; any other value stays.
  public func unload() {
    state.withLock { state in
      guard state.read != nil else { return }
      state.value?.releasePages()
      (state.value, state.packed, state.strips) = (nil, nil, nil)
    }
  }
}

extension Gradients {
  public subscript(parameter: Parameter) -> Tensor? { self[parameter.variable] }
}
