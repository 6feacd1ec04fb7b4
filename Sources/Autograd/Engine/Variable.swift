import Synchronization
import Tensors

/// A tensor that remembers how it was computed, so that gradients can flow back through it.
///
/// Operations on variables return variables; each is defined in one place, with its gradient, by
/// ``record(_:_:_:_:)``. What has no gradient returns a `Tensor`.
public final class Variable: Sendable {
  let forms: Forms
  let node: Node?
  let parameter: Parameter?

  /// A constant: no gradient flows to it.
  public convenience init(_ value: Tensor) { self.init(value, node: nil) }

  /// A leaf whose gradient is wanted.
  public static func leaf(_ value: Tensor) -> Variable {
    Variable(value, node: Node.leaf())
  }

  convenience init(_ value: Tensor, node: Node?, of parameter: Parameter? = nil) {
    self.init(Forms(value), node: node, of: parameter)
  }

  init(_ forms: Forms, node: Node?, of parameter: Parameter? = nil) {
    self.forms = forms
    self.node = node
    self.parameter = parameter
  }

  /// The numbers, computed now where they are deferred.
  public var value: Tensor { forms.tensor }

  /// The numbers as products by tiles read them.
  func rounded(pieces: Int, isBordered: Bool) -> BrainFloats {
    forms.rounded(pieces: pieces, isBordered: isBordered)
  }

  /// A parameter's weight as products want it, where it is going to be used again: when nothing is
  /// recorded, nothing is trained.
  var packed: PackedMatrix? {
    Self.isTraining || Self.usesWeightsOnce ? nil : parameter?.packed(Self.productPrecision)
  }

  public var shape: [Int] { forms.shape }
  public var needsGradient: Bool { node != nil }

  /// The same value, cut off from its history.
  public var detached: Variable { Variable(value) }

  /// Makes a variable from `value`, computed from `inputs`. The only way to make a derived variable.
  ///
  /// - Parameters:
  ///   - name: the operation's name, as in the table of test cases.
  ///   - inputs: what gradients flow back to.
  ///   - value: the result of the forward pass.
  ///   - pullback: from the gradient of the output to one gradient an input, in order; `nil` only
  ///     for inputs that need none.
  public static func record(
    _ name: String, _ inputs: [Variable], _ value: Tensor,
    _ pullback: @escaping @Sendable (Tensor) -> [Tensor?]
  ) -> Variable {
    record(name, inputs, Forms(value), pullback)
  }

  /// The same of a value that is deferred.
  static func record(
    _ name: String, _ inputs: [Variable], _ value: Forms,
    _ pullback: @escaping @Sendable (Tensor) -> [Tensor?]
  ) -> Variable {
    guard isRecording, inputs.contains(where: \.needsGradient) else {
      return Variable(value, node: nil)
    }
    let links = inputs.map { Node.Input(node: $0.node, shape: $0.shape) }
    return Variable(value, node: Node(name, links, .pullback(pullback)))
  }

  @TaskLocal static var isRecording = true
  @TaskLocal static var productPrecision = ProductPrecision.fp32
  @TaskLocal static var usesWeightsOnce = false
  @TaskLocal static var roundsRecorded = false
  /// Whether nothing is recorded only because all of this is computed again for its gradients.
  @TaskLocal static var isRecomputed = false

  /// Whether what is computed now is recorded, or will be when it is computed again: both have the same
  /// numbers.
  static var isTraining: Bool { isRecording || isRecomputed }

  /// What is recorded is trained, in fp32 unless ``withMixedPrecision(_:)`` says otherwise.
  static var precisionInEffect: ProductPrecision { isTraining ? .fp32 : productPrecision }

  /// Of linear maps, convolutions and attention that are trained, where tiles do not multiply.
  static var trainedPrecision: ProductPrecision {
    isTraining && roundsRecorded && ProductPrecision.bf16.tilePieces == nil ? .bf16 : .fp32
  }
}

/// Runs `body` with the factors in linear maps, convolutions and attention rounded to `precision`,
/// where nothing is recorded; as fp32 where this CPU does not support it.
public func withProducts<Result>(
  of precision: ProductPrecision, _ body: () throws -> Result
) rethrows -> Result {
  try Variable.$productPrecision.withValue(precision.inEffect) { try body() }
}

/// Runs `body` with the factors of recorded products, and of their gradients, rounded to brain floats,
/// where this CPU multiplies them: mixed precision. Sums, norms, losses and what is trained stay fp32, and
/// so do strided convolutions; without tiles also 3×3 convolutions but for their input's gradient, and
/// attention's gradient.
public func withMixedPrecision<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Variable.$roundsRecorded.withValue(ProductPrecision.bf16.isSupported) { try body() }
}

/// Runs `body` with weights as they lie in their files, in fp32: to use one once takes less time than to
/// bring it into the form that products want. Results are the same to the bit.
public func usingWeightsOnce<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Variable.$usesWeightsOnce.withValue(true) { try body() }
}

/// Runs `body` without recording: the same code then serves inference, and memory is freed at once.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Variable.$isRecording.withValue(false) {
    try Variable.$isRecomputed.withValue(false) { try body() }
  }
}

/// One step of a computation. Ids grow with time, so newest-first is reverse topological order.
final class Node: Sendable {
  struct Input: Sendable {
    let node: Node?
    let shape: [Int]
  }

  /// How gradients get from a step's output to its inputs.
  enum Backward: Sendable {
    /// Gradients stay here.
    case leaf
    /// A step that gradients went through: what it had saved is freed.
    case consumed
    case pullback(@Sendable (Tensor) -> [Tensor?])
    /// Compute the output again, recording this time, and go back through that; see ``recompute``.
    case again(@Sendable () -> Variable)
  }

  let id: Int
  let name: String
  private let state: Mutex<(inputs: [Input], backward: Backward)>

  private static let nextID = Atomic<Int>(0)

  init(_ name: String, _ inputs: [Input], _ backward: Backward) {
    id = Self.nextID.wrappingAdd(1, ordering: .relaxed).oldValue
    self.name = name
    state = Mutex((inputs, backward))
  }

  static func leaf() -> Node { Node("leaf", [], .leaf) }

  var inputs: [Input] { state.withLock { $0.inputs } }
  var backward: Backward { state.withLock { $0.backward } }

  /// Takes the step out of the graph: its saved tensors die with the returned values. A leaf stays.
  func consume() -> (inputs: [Input], backward: Backward) {
    state.withLock { state in
      let step = state
      if case .leaf = step.backward { return step }
      state = ([], .consumed)
      return step
    }
  }

  /// A long chain of nodes would be freed recursively and overflow the stack: unlink it in a loop.
  deinit {
    var pending = consume().inputs.compactMap(\.node)
    while var last = pending.popLast() {
      if isKnownUniquelyReferenced(&last) { pending += last.consume().inputs.compactMap(\.node) }
    }
  }
}
