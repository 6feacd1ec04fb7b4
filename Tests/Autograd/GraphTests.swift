import Autograd
import Tensors
import Testing

@Suite struct GraphTests {
  @Test func aVariableUsedTwiceGetsBothGradients() {
    let x = Variable.leaf(Tensor([2], [3, -2]))
    let y = (x * x + x.scaled(by: 5)).sum()
    #expect(y.gradients()[x]?.values == [11, 1])
  }

  @Test func aLongChainNeitherRecursesForwardsNorBackwards() {
    let x = Variable.leaf(Tensor(1))
    var y = x
    for _ in 0..<100_000 { y = y.scaled(by: 1) }
    #expect(y.gradients()[x]?.scalar == 1)
    var dropped = x
    for _ in 0..<100_000 { dropped = dropped.scaled(by: 1) }
  }

  /// The gradient once read all probabilities again for each of them: hours for a batch of this size.
  @Test(.timeLimit(.minutes(1))) func crossEntropyOfManyRowsTakesLinearTime() {
    let logits = Variable.leaf(Tensor(zeros: [8192, 64]))
    let labels = (0..<8192).map { $0 % 64 }
    let gradient = logits.crossEntropy(labels).gradients()[logits]
    #expect(abs((gradient?.sum() ?? 1)) < 1e-4)
  }

  @Test func nothingIsRecordedWithoutGradients() {
    let x = Variable.leaf(Tensor(2))
    let y = withoutGradients { x * x }
    #expect(!y.needsGradient)
    #expect(y.gradients()[x] == nil)
  }

  @Test func frozenParametersGetNoGradient() {
    let store = ParameterStore()
    let a = store.root.parameter("a", [2], .constant(1))
    let b = store.root.parameter("b", [2], .constant(2))
    b.isTrainable = false
    let gradients = (a.variable * b.variable).sum().gradients()
    #expect(gradients[a]?.values == [2, 2])
    #expect(gradients[b] == nil)
  }

  @Test func loadingListsEverythingThatDoesNotFit() {
    let store = ParameterStore()
    _ = store.root.parameter("a", [2], .constant(0))
    _ = (store.root / "b").parameter("c", [3], .constant(0))
    let weights = ["b.c": Tensor(zeros: [4]), "d": Tensor(zeros: [1])]
    let error = #expect(throws: WeightMismatch.self) { try store.load(weights) }
    #expect(error?.missing == ["a"])
    #expect(error?.unexpected == ["d"])
    #expect(error?.misshapen.map(\.name) == ["b.c"])
  }
}
