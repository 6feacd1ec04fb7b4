import Support
import Tensors

/// Gradients of one scalar, looked up by the variable they belong to.
public struct Gradients: Sendable {
  private var byNode: [Int: Tensor] = [:]

  /// The gradient of a leaf; `nil` where it had no influence.
  public subscript(variable: Variable) -> Tensor? { variable.node.flatMap { byNode[$0.id] } }

  mutating func add(_ gradient: Tensor, to node: Node) {
    if byNode[node.id]?.add(gradient) == nil { byNode[node.id] = gradient }
  }

  mutating func take(_ node: Node) -> Tensor? { byNode.removeValue(forKey: node.id) }
}

extension Variable {
  /// Gradients of this scalar with respect to every leaf it depends on.
  ///
  /// The graph is consumed: saved tensors are freed as the loop passes them.
  public func gradients() -> Gradients {
    check(value.count == 1, "gradients() needs a scalar, got \(shape)")
    return gradients(seed: Tensor(full: shape, 1))
  }

  /// Gradients of `Σ seed · self`.
  public func gradients(seed: Tensor) -> Gradients {
    check(seed.shape == shape, "seed \(seed.shape) for a variable of shape \(shape)")
    var result = Gradients()
    if let node {
      result.add(seed, to: node)
      result.flow(back: node)
    }
    return result
  }
}

extension Gradients {
  /// Carries the gradient at `root` back to the leaves, or to what is no newer than `limit`.
  fileprivate mutating func flow(back root: Node, newerThan limit: Int = -1) {
    for step in root.ancestors(newerThan: limit) {  // newest first: reverse topological order
      let (inputs, backward) = step.consume()
      switch backward {
      case .none: continue
      case .pullback(let pullback):
        guard let dy = take(step) else { continue }
        let gradients = pullback(dy)
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
      case .again(let compute):
        guard let dy = take(step), let output = compute().node else { continue }
        add(dy, to: output)
        flow(back: output, newerThan: step.id)
      }
    }
  }
}

extension Node {
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
