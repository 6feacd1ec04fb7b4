import Autograd
import Datasets
import Models
import Tensors

/// Whether a model uses its reference: the loss inside the hole with a case's own reference, with
/// another case's and with none, at fixed timesteps and noise.
///
/// A model that ignores its reference has three equal numbers. One that uses it does best with its
/// own and worst with another's: the cheapest such sign at any size.
package struct ReferenceUse {
  private let model: PaintByExampleModel
  private let cases: [TripletBatch]
  private let timesteps: [Int]
  private let seed: UInt64
  /// For each case another one whose reference it is given; nil where all have the same.
  private let partners: [Int]?

  package init(_ model: PaintByExampleModel, cases: [TripletBatch], timesteps: [Int], seed: UInt64)
  {
    self.model = model
    self.cases = cases
    self.timesteps = timesteps
    self.seed = seed
    partners = Self.partners(cases.flatMap { $0.reference.samples })
  }

  /// The next case whose reference is another picture, counting round.
  package static func partners(_ references: [Tensor]) -> [Int]? {
    let count = references.count
    let found = (0..<count).map { i in
      (1..<max(count, 1)).map { (i + $0) % count }.first { references[$0] != references[i] }
    }
    return found.contains(nil) ? nil : found.compactMap { $0 }
  }

  /// `validation_loss` over the whole latents with the own reference; `loss_own`, `loss_shuffled`
  /// and `loss_null` inside the hole, and `loss_all_views` there where the cases show their objects more
  /// than once. `loss_shuffled` needs two different references. None when the run is asked to stop meanwhile.
  package func losses(
    _ isStopping: () -> Bool = { false }
  ) throws -> [(name: String, value: Double)] {
    let conditions = conditions()
    var whole = 0.0
    var inside = [Double](repeating: 0, count: conditions.count)
    for (index, batch) in cases.enumerated() {
      var random = RandomStream(seed: seed, purpose: "validation", index: UInt64(index))
      let inputs = try LatentInputs(model, batch, using: &random)
      for timestep in timesteps {
        if isStopping() { return [] }
        let noise = Tensor(normal: inputs.latents.shape, using: &random)
        for (i, condition) in conditions.enumerated() {
          let result = errors(inputs, noise, timestep, condition.tokens[index])
          if i == 0 { whole += result.whole }
          inside[i] += result.inside
        }
      }
    }
    let count = Double(max(cases.count * timesteps.count, 1))
    return [("validation_loss", whole / count)]
      + zip(conditions, inside).map { ($0.name, $1 / count) }
  }

  /// The tokens of each batch, own ones first.
  private func conditions() -> [(name: String, tokens: [Tensor])] {
    let encoder = model.conditioner
    return withoutGradients {
      let own = cases.map { encoder(Variable($0.reference)).value }
      let null = cases.map { encoder.null($0.reference.shape[0]).value }
      var conditions = [("loss_own", own)]
      if let shuffled = shuffled(own) { conditions.append(("loss_shuffled", shuffled)) }
      conditions.append(("loss_null", null))
      guard cases.contains(where: { !$0.furtherViews.isEmpty }) else { return conditions }
      let all = zip(own, cases).map { first, batch in
        Tensor.concatenated(
          [first] + batch.furtherViews.map { encoder(Variable($0)).value }, axis: 1)
      }
      return conditions + [("loss_all_views", all)]
    }
  }

  private func shuffled(_ tokens: [Tensor]) -> [Tensor]? {
    guard let partners else { return nil }
    let samples = tokens.flatMap(\.samples)
    var rest = partners[...]
    return tokens.map { batch in
      defer { rest = rest.dropFirst(batch.shape[0]) }
      return .concatenated(rest.prefix(batch.shape[0]).map { samples[$0] }, axis: 0)
    }
  }

  /// Mean squared errors over everything and over the hole.
  private func errors(
    _ inputs: LatentInputs, _ noise: Tensor, _ timestep: Int, _ condition: Tensor
  ) -> (whole: Double, inside: Double) {
    let timesteps = [Int](repeating: timestep, count: condition.shape[0])
    let output = withoutGradients {
      model.unet.network(
        inputs.noisy(model, noise, at: timesteps), timesteps: timesteps,
        context: Variable(condition)
      ).value
    }
    let target = model.prediction.target(inputs.latents, noise, at: timesteps, model.schedule)
    let difference = output - target
    let hole = inputs.mask.affine(-1, 1)
    let channels = difference.shape[3]
    let weights = Tensor.concatenated([Tensor](repeating: hole, count: channels), axis: 3)
    let weighted = (difference * difference).dot(weights)
    return (
      difference.sumOfSquares() / Double(difference.count),
      weighted / max(hole.sum() * Double(channels), 1e-9)
    )
  }
}

extension Tensor {
  /// `[N, …]` → N tensors `[1, …]`.
  fileprivate var samples: [Tensor] { (0..<shape[0]).map { slice($0..<$0 + 1, axis: 0) } }
}
