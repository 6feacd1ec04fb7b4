import Autograd
import Inference
import Models
import Tensors

/// What one step of consistency distillation teaches: from noisy latents the student goes to the clean ones
/// at once, to where it would go from a little less noise.
///
/// How to come to a little less noise the teacher shows: a step of DDIM, guided by a scale that the student
/// needs not be told any more.
///
/// - Source: Luo et al., "Latent consistency models", arXiv:2310.04378, algorithm 1 (where ω is the scale
///   less 1); Song et al., "Consistency models", arXiv:2303.01469.
package struct ConsistencyDistillation {
  private let teacher: UNet
  /// Gives the student, and what both agree on.
  private let model: PaintByExampleModel
  private let settings: DistillationConfiguration

  package init(
    _ model: PaintByExampleModel, teacher: UNet, _ settings: DistillationConfiguration
  ) {
    self.model = model
    self.teacher = teacher
    self.settings = settings
  }

  /// What is drawn for a batch of examples.
  package struct Draw {
    /// From where the student jumps: one of the teacher's timesteps each.
    package var starts: [Int]
    /// The teacher's guidance for each.
    package var scales: [Float]
    /// `[N, h, w, C]`
    package var noise: Tensor

    package init(starts: [Int], scales: [Float], noise: Tensor) {
      (self.starts, self.scales, self.noise) = (starts, scales, noise)
    }
  }

  /// The student's distance to its target; gradients flow to the student alone.
  ///
  /// - Parameters:
  ///   - inputs: a batch of examples.
  ///   - draw: their noise, timesteps and guidance.
  ///   - condition: their references' tokens, `[N, K, D]`.
  ///   - average: weights of which the target is made; nil for the student's own.
  package func loss(
    _ inputs: LatentInputs, _ draw: Draw, condition: Tensor, average: MovingAverage?
  ) -> Variable {
    let noisy = model.schedule.noisy(inputs.latents, draw.noise, at: draw.starts)
    let stride = model.schedule.originalTimesteps[0] + 1
    let ends = draw.starts.map { max($0 - stride, 0) }
    let target = withoutGradients {
      let closer = step(from: noisy, inputs, draw, to: ends, condition)
      func jump() -> Tensor { clean(from: closer, inputs, at: ends, condition).value }
      return average?.applied(jump) ?? jump()
    }
    return distance(clean(from: noisy, inputs, at: draw.starts, condition), Variable(target))
  }

  /// Where the student jumps to.
  private func clean(
    from noisy: Tensor, _ inputs: LatentInputs, at timesteps: [Int], _ condition: Tensor
  ) -> Variable {
    let output = model.unet.network(
      inputs.input(model, noisy), timesteps: timesteps, context: Variable(condition))
    return .concatenated(
      timesteps.enumerated().map { n, timestep in
        let latents = Variable(noisy.slice(n..<n + 1, axis: 0))
        let data = model.prediction.data(
          from: output.slice(n..<n + 1, axis: 0), latents: latents, at: timestep, model.schedule)
        return model.schedule.consistency(data, latents, at: timestep)
      }, axis: 0)
  }

  /// The teacher's step.
  private func step(
    from noisy: Tensor, _ inputs: LatentInputs, _ draw: Draw, to ends: [Int], _ condition: Tensor
  ) -> Tensor {
    let count = noisy.shape[0]
    let null = model.conditioner.null(count)
    let both = teacher(
      inputs.input(model, noisy), timesteps: draw.starts,
      context: .concatenated([null, Variable(condition)], axis: 0)
    ).value
    return .concatenated(
      (0..<count).map { n in
        let (timestep, scale) = (draw.starts[n], draw.scales[n])
        let latents = noisy.slice(n..<n + 1, axis: 0)
        var output = both.slice(n..<n + 1, axis: 0) * (1 - scale)
        output.add(both.slice(count + n..<count + n + 1, axis: 0), scaledBy: scale)
        let noise = model.prediction.noise(
          from: output, latents: latents, at: timestep, model.schedule)
        let step = ImplicitStep(model.schedule, from: timestep, to: ends[n])
        return step(latents, noise: noise)
      }, axis: 0)
  }

  private func distance(_ found: Variable, _ target: Variable) -> Variable {
    switch settings.loss {
    case .squared: found.meanSquaredError(target)
    case .huber: found.meanHuberError(target, width: Float(settings.huberWidth))
    }
  }
}
