/// Runs `body` without saving anything for its gradient, which computes it a second time.
///
/// Memory for one block's intermediate values instead of all blocks', for about a third more time.
/// Gradients are those of the plain computation, bit for bit: the second pass adds to the same
/// accumulators in the same order. `body` must be a pure function of `inputs` and parameters: any other
/// variable that needs a gradient is an error when gradients reach it.
///
/// - Source: Chen et al., arXiv:1604.06174; torch.utils.checkpoint.
public func recompute(
  _ inputs: [Variable], _ body: @escaping @Sendable ([Variable]) -> Variable
) -> Variable {
  guard Variable.isRecording else { return body(inputs) }
  let value = withoutGradients { Variable.$isRecomputed.withValue(true) { body(inputs).value } }
  let links = inputs.map { Node.Input(node: $0.node, shape: $0.shape) }
  let rounds = Variable.roundsRecorded
  let again: @Sendable () -> Variable = {  // whatever holds where gradients are asked for
    Variable.$isRecording.withValue(true) {
      Variable.$isRecomputed.withValue(false) {
        Variable.$roundsRecorded.withValue(rounds) { body(inputs) }
      }
    }
  }
  return Variable(value, node: Node("recompute", links, .again(again)))
}
