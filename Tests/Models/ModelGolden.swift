import Autograd
import Tensors
import TestSupport
import Testing

/// A model with the weights of a fixture, to be compared with PyTorch's outputs and gradients.
struct ModelGolden<Model> {
  let golden: Golden
  let store = ParameterStore()
  let model: Model
  let inputs: [String: Variable]

  init(_ name: String, _ build: (ParameterScope) -> Model) throws {
    golden = try Golden(name)
    model = build(store.root)
    try store.load(golden.group("weights"))
    inputs = golden.group("inputs").mapValues { Variable.leaf($0) }
  }

  func input(_ name: String) throws -> Variable { try #require(inputs[name]) }

  var timesteps: [Int] { golden["inputs/timesteps"].values.map { Int($0) } }

  /// Expects every output of the fixture, and every gradient that it holds of weights and inputs.
  func expectMatch(
    _ outputs: [String: Variable], tolerance: Double = 1e-4,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = golden.group("outputs")
    try #require(outputs.keys.sorted() == expected.keys.sorted())
    for (name, output) in outputs {
      expectClose(
        output.value, golden["outputs/\(name)"], tolerance, name, sourceLocation: sourceLocation)
    }
    let terms = outputs.sorted { $0.key < $1.key }.map { name, output in
      (output * Variable(golden["dy/\(name)"])).sum()
    }
    let gradients = terms.dropFirst().reduce(terms[0], +).gradients()
    for (name, gradient) in golden.group("grads") {
      let found = try found(name, in: gradients) ?? Tensor(zeros: gradient.shape)
      expectClose(
        found, gradient, tolerance, "gradient of \(name)", sourceLocation: sourceLocation)
    }
  }

  private func found(_ name: String, in gradients: Gradients) throws -> Tensor? {
    if name.hasPrefix("input:") { return gradients[try input(String(name.dropFirst(6)))] }
    return gradients[try #require(store[name])]
  }
}

/// Names and shapes of everything that a network creates in its store.
func listing(_ build: (ParameterScope) -> Void) -> [String: [Int]] {
  let store = ParameterStore()
  build(store.root)
  return Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.shape) })
}
