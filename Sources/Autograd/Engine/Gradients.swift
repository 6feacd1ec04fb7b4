import Support
import Tensors

/// Gradients of one scalar, looked up by the variable they belong to.
public struct Gradients: Sendable {
  private var byNode: [Int: Tensor] = [:]
  /// Steps that gradients are still to go through.
  private var awaited: Set<Int> = []

  /// The gradient of a leaf; `nil` where it had no influence.
  public subscript(variable: Variable) -> Tensor? { variable.node.flatMap { byNode[$0.id] } }
}

extension Variable {
  /// Gradients of this scalar with respect to every leaf it depends on.
  ///
  /// The graph is consumed: saved tensors are freed as the loop passes them. Gradients cannot go through
  /// a part a second time: to try is an error, as in PyTorch. Losses that share a part are added, and
  /// differentiated once.
  public func gradients() -> Gradients {
    check(value.count == 1, "gradients() needs a scalar, got \(shape)")
    return gradients(seed: Tensor(full: shape, 1))
  }

  /// Gradients of `Σ seed · self`; the graph is consumed as by ``gradients()``.
  public func gradients(seed: Tensor) -> Gradients {
    check(seed.shape == shape, "seed \(seed.shape) for a variable of shape \(shape)")
    check(
      !Self.isRecomputed,
      "gradients() in what recompute runs: nothing is recorded there until it runs again")
    var result = Gradients()
    if let node = settledNode { result.flow(seed, back: node) }
    return result
  }
}

extension Variable {
  /// The step that made this, ready for its gradient: what that needs of a deferred value may be known
  /// only when it is made, which nobody may have asked for.
  fileprivate var settledNode: Node? {
    if node != nil, forms.deferred?.savesWhenMade == true { _ = value }
    return node
  }
}

extension Gradients {
  /// Carries the gradient at `root` back to the leaves, or to what is no newer than `limit`.
  fileprivate mutating func flow(_ seed: Tensor, back root: Node, newerThan limit: Int = -1) {
    let steps = root.ancestors(newerThan: limit)  // newest first: reverse topological order
    for step in steps { awaited.insert(step.id) }
    add(seed, to: root)
    for step in steps {
      awaited.remove(step.id)
      let (inputs, backward) = step.consume()
      switch backward {
      case .leaf: continue
      case .consumed: check(false, step.isGone)
      case .pullback(let pullback):
        guard let dy = byNode.removeValue(forKey: step.id) else { continue }
        add(pullback(dy), of: step, to: inputs)
      case .again(let compute):
        guard let dy = byNode.removeValue(forKey: step.id), let output = compute().settledNode
        else {
          continue
        }
        flow(dy, back: output, newerThan: step.id)
      }
    }
  }

  private mutating func add(_ gradients: [Tensor?], of step: Node, to inputs: [Node.Input]) {
    check(
      gradients.count == inputs.count,
      "\(step.name): \(gradients.count) gradients for \(inputs.count) inputs")
    for (input, gradient) in zip(inputs, gradients) {
      guard let target = input.node else { continue }
      guard let gradient else {
        fatalError("\(step.name): no gradient for an input that needs one")
      }
      check(
        gradient.shape == input.shape,
        "\(step.name): gradient \(gradient.shape) for an input of shape \(input.shape)")
      add(gradient, to: target)
    }
  }

  private mutating func add(_ gradient: Tensor, to node: Node) {
    switch node.backward {
    case .leaf: break
    case .consumed: check(false, node.isGone)
    case .pullback, .again:
      check(
        awaited.contains(node.id),
        "\(node.name): recompute ran what uses it, and did not have it among its inputs")
    }
    if byNode[node.id]?.add(gradient) == nil { byNode[node.id] = gradient }
  }
}

extension Node {
  fileprivate var isGone: String {
    "\(name): gradients() went through it before, which freed what it had saved; add losses that share "
      + "a part and call gradients() once, or compute the part again"
  }

  /// This node and all newer than `limit` that it was computed from, newest first.
  fileprivate func ancestors(newerThan limit: Int) -> [Node] {
    guard id > limit else { return [] }
    var seen: Set<Int> = [id]
    var found = [self]
    var next = 0
    while next < found.count {
      for input in found[next].inputs {
        guard let node = input.node, node.id > limit else { continue }
        if seen.insert(node.id).inserted { found.append(node) }
      }
      next += 1
    }
    return found.sorted { $0.id > $1.id }
  }
}
