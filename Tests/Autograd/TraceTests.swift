import Autograd
import Tensors
import Testing

@Suite struct TraceTests {
  @Test func keepsWhatIsMarkedWhileItRuns() {
    let x = Variable.leaf(Tensor([2], [1, 2]))
    let before = x.silu().traced(as: "before")
    let (result, outputs) = tracing {
      let h = (before + x).traced(as: "sum").scaled(by: 2).traced(as: "twice")
      return h.traced(as: "row", expandedTo: [3, 2])
    }
    #expect(outputs.keys.sorted() == ["row", "sum", "twice"])
    #expect(outputs["twice"] == result.value)
    let row = result.value.values
    #expect(outputs["row"] == Tensor([3, 2], row + row + row))
    #expect(result.shape == [2])
    #expect(result.sum().gradients()[x] != nil, "tracing must not cut the graph")
  }

  @Test func theInnermostKeeps() {
    let x = Variable(Tensor(1))
    let (inner, outer) = tracing { tracing { x.traced(as: "x") }.outputs }
    #expect(inner.keys.sorted() == ["x"] && outer.isEmpty)
  }
}
