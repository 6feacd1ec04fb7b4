import Autograd
import Tensors

/// One step of the optimiser alone.
struct AdamWWork: Work {
  private var optimizer: AdamW
  private let gradients: [Tensor?]

  init(_ options: WorkOptions) throws {
    let inputs = try options.readInputs()
    let weight = try inputs.tensor("weight", [nil, nil])
    let gradient = try inputs.tensor("gradient", weight.shape)
    let store = ParameterStore()
    let parameters = (0..<options.copies).map { index in
      let parameter = store.root.parameter("\(index)", weight.shape, .constant(0))
      parameter.value = weight.copied()
      return parameter
    }
    optimizer = AdamW(parameters)
    gradients = parameters.map { _ in gradient.copied() }
  }

  mutating func run(_ name: String) -> () throws -> [String: Tensor] {
    optimizer.step(gradients, learningRate: 1e-3)
    let weight = optimizer.parameters[0]
    return { ["weight": weight.value] }
  }
}
