import Autograd
import Tensors
import TestSupport
import Testing

/// Loops over large tensors are cut into pieces: what comes out is what small tensors give, one after the other.
@Suite struct PieceTests {
  /// Of two variables, element by element.
  struct ElementwiseOp: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let function: @Sendable (Variable, Variable) -> Variable
  }

  private static let maps = [
    ElementwiseOp(testDescription: "sum") { $0 + $1 },
    ElementwiseOp(testDescription: "difference") { $0 - $1 },
    ElementwiseOp(testDescription: "product") { $0 * $1 },
    ElementwiseOp(testDescription: "scaled") { x, _ in x.scaled(by: -1.75, plus: 0.5) },
    ElementwiseOp(testDescription: "squared") { x, _ in x.squared() },
    ElementwiseOp(testDescription: "exponential") { x, _ in x.exponential() },
    ElementwiseOp(testDescription: "clamped") { x, _ in x.clamped(-0.5, 0.75) },
    ElementwiseOp(testDescription: "sigmoid") { x, _ in x.sigmoid() },
    ElementwiseOp(testDescription: "elu") { x, _ in x.elu() },
    ElementwiseOp(testDescription: "silu") { x, _ in x.silu() },
    ElementwiseOp(testDescription: "gelu") { x, _ in x.gelu() },
    ElementwiseOp(testDescription: "quick gelu") { x, _ in x.quickGelu() },
  ]
  private static let means = [
    ElementwiseOp(testDescription: "mean") { x, _ in x.mean() },
    ElementwiseOp(testDescription: "mean squared error") { $0.meanSquaredError($1) },
    ElementwiseOp(testDescription: "mean absolute error") { $0.meanAbsoluteError($1) },
    ElementwiseOp(testDescription: "mean Huber error") { $0.meanHuberError($1, width: 0.001) },
  ]

  /// More than two pieces of 8,192 elements, the last one short.
  private static let (parts, size) = (5, 4001)
  private static let operands: [Tensor] = ["x", "y"].map {
    var random = RandomStream(seed: 1, purpose: $0)
    return random.normal([parts, size])
  }

  private static func run(
    _ op: ElementwiseOp, _ operands: [Tensor]
  ) -> (value: Tensor, gradients: [Tensor]) {
    let leaves = operands.map { Variable.leaf($0) }
    let output = op.function(leaves[0], leaves[1])
    let gradients = output.gradients(seed: Tensor(full: output.shape, 1))
    return (output.value, leaves.map { gradients[$0] ?? Tensor(zeros: $0.shape) })
  }

  private static func runParts(_ op: ElementwiseOp) -> [(value: Tensor, gradients: [Tensor])] {
    (0..<parts).map { part in run(op, operands.map { $0.slice(part..<part + 1, axis: 0) }) }
  }

  @Test(arguments: maps) func mapsAreThoseOfTheParts(_ op: ElementwiseOp) {
    let (whole, parts) = (Self.run(op, Self.operands), Self.runParts(op))
    #expect(whole.value == .concatenated(parts.map(\.value), axis: 0))
    for i in 0..<2 {
      #expect(whole.gradients[i] == .concatenated(parts.map { $0.gradients[i] }, axis: 0))
    }
  }

  @Test(arguments: means) func meansAreThoseOfTheParts(_ op: ElementwiseOp) {
    let (whole, parts) = (Self.run(op, Self.operands), Self.runParts(op))
    let mean = parts.reduce(0.0) { $0 + Double($1.value.scalar) } / Double(Self.parts)
    #expect(abs(Double(whole.value.scalar) - mean) < 1e-6 * max(abs(mean), 1))
    for i in 0..<2 {
      let expected = Tensor.concatenated(parts.map { $0.gradients[i] }, axis: 0)
      expectClose(whole.gradients[i], expected * (1 / Float(Self.parts)), 1e-6, "gradient \(i)")
    }
  }
}
