import Autograd
import Models
import Support
import Tensors

/// Blended Diffusion in latent space: DDIM, whose noise gets the gradient of CLIP's distance, and whose
/// latents get the source's back after each step.
///
/// - Source: Avrahami et al., arXiv:2111.14818 (guidance over augmented copies) and arXiv:2206.02779
///   (blending latents); `scripts/text_editing_SD2.py` of omriav/blended-latent-diffusion;
///   `clip_guided_stable_diffusion.py` of diffusers (the gradient through a latent model).
package struct BlendedSampling {
  private let model: PaintByExampleModel
  private let schedule: NoiseSchedule
  private let options: BlendedOptions
  private let guide: PictureGuide
  /// Clean latents of the source, `[1, h, w, C]`.
  private let source: Tensor
  /// 1 where the source's are kept, `[1, h, w, C]`.
  private let keep: Tensor
  /// 1 in the hole, of the size that CLIP's picture is decoded at, `[1, H, W, 3]`.
  private let hole: Tensor
  /// Condition of the network while its gradient is taken, `[1, K, D]`.
  private let condition: Tensor

  /// - Parameters:
  ///   - model: without gradients to its parameters.
  ///   - schedule: the model's.
  ///   - options: of the guidance.
  ///   - guide: CLIP's opinion.
  ///   - source: clean latents, scaled for the network, `[1, h, w, C]`.
  ///   - keep: 1 where they are kept, `[1, h, w, 1]`.
  ///   - hole: 1 in the hole, 0 elsewhere, of the picture's size, `[1, H, W, 1]`.
  ///   - condition: of the network, `[1, K, D]`.
  package init(
    _ model: PaintByExampleModel, _ schedule: NoiseSchedule, _ options: BlendedOptions,
    guide: PictureGuide, source: Tensor, keep: Tensor, hole: Tensor, condition: Tensor
  ) {
    self.model = model
    self.schedule = schedule
    self.options = options
    self.guide = guide
    self.source = source
    self.keep = keep.repeatedChannels(source.shape[3])
    let seen =
      options.decodesHalf
      ? withoutGradients {
        Variable(hole).adaptivelyPooled(height: hole.shape[1] / 2, width: hole.shape[2] / 2).value
      } : hole
    self.hole = seen.repeatedChannels(3)
    self.condition = condition
  }

  /// The steps that are taken of so many.
  package static func places(
    _ steps: Int, _ schedule: NoiseSchedule, _ options: BlendedOptions
  ) -> [SamplingStep] {
    let all = schedule.samplingSteps(steps)
    return Array(all.dropFirst(Int(Float(all.count) * options.skipped)))
  }

  /// The latents of the painted picture.
  ///
  /// - Parameters:
  ///   - noise: standard normal, `[1, h, w, C]`.
  ///   - steps: of which the first are left out.
  ///   - draws: noise for blending, `[1, h, w, C]`, and copies, for the step of an index from 0.
  ///   - predict: the network's guided output for latents at a timestep.
  ///   - visit: told the latents after each step.
  package func latents(
    from noise: Tensor, steps: Int,
    draws: (Int) -> (noise: Tensor, copies: [GuidedCopy]),
    predict: (Tensor, Int) throws -> Tensor, visit: (Tensor) throws -> Void = { _ in }
  ) throws -> Tensor {
    var latents = noise
    for (index, place) in Self.places(steps, schedule, options).enumerated() {
      let timestep = place.timestep
      let drawn = draws(index)
      let output = try predict(latents, timestep)
      var seen = model.prediction.noise(
        from: output, latents: latents, at: timestep, schedule)
      if options.weight > 0 {
        seen.add(
          gradient(of: latents, output, at: timestep, drawn.copies),
          scaledBy: schedule.spread(at: timestep))
      }
      latents = ImplicitStep(schedule, from: timestep, to: place.next)(latents, noise: seen)
      let known = schedule.noisy(source, drawn.noise, at: [timestep])
      latents = latents.multiplying(keep.affine(-1, 1)) + known.multiplying(keep)
      try visit(latents)
    }
    return latents
  }

  /// Of the weighted distance, with respect to the noisy latents.
  private func gradient(
    of latents: Tensor, _ output: Tensor, at timestep: Int, _ copies: [GuidedCopy]
  ) -> Tensor {
    let leaf = Variable.leaf(latents)
    let said =
      options.goesThroughUNet
      ? model.unet.network(leaf, timesteps: [timestep], context: Variable(condition))
      : Variable(output)
    let data = model.prediction.data(from: said, latents: leaf, at: timestep, schedule)
    let share = schedule.spread(at: timestep)
    var seen = data.scaled(by: share) + leaf.scaled(by: 1 - share)
    if options.decodesHalf {
      seen = seen.adaptivelyPooled(height: seen.shape[1] / 2, width: seen.shape[2] / 2)
    }
    let decoded = model.autoencoder.network.decode(seen.scaled(by: 1 / model.latentScale))
    let picture = decoded.clamped(-1, 1) * Variable(hole)
    let loss = guide.distance(of: picture, seenAs: copies).scaled(by: options.weight)
    return loss.gradients()[leaf] ?? Tensor(zeros: latents.shape)
  }
}
