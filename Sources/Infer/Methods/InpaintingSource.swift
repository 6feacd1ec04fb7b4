import Autograd
import Models
import Pictures
import Tensors

/// A picture with a hole, as text-to-image models need it: encoded whole and with the hole.
struct InpaintingSource {
  private let painter: Painter
  private let picture: Tensor
  private let masked: Tensor
  private let precision: ProductPrecision
  /// 1 where the latents are the source's, `[1, h, w, 1]`.
  let keep: Tensor

  init(_ painter: Painter, _ task: PaintingTask, _ settings: EditSettings) {
    self.painter = painter
    precision = settings.precision
    picture = Tensor(signed: task.source)
    let keep = Tensor(keeping: task.mask)
    masked = picture.multiplying(keep.repeatedChannels(3))
    let factor = painter.model.downsampling
    self.keep =
      settings.conventions.maskResize == .nearest
      ? keep.nearestLatentMask(downsampling: factor) : keep.latentMask(downsampling: factor)
  }

  /// Of the latents, `[1, h, w, C]`.
  var shape: [Int] {
    Array(keep.shape.dropLast()) + [painter.model.autoencoder.network.configuration.latentChannels]
  }

  /// Of the whole source, scaled for the network; `noise` draws them from their distribution, nil takes
  /// its mean.
  func latents(_ noise: Tensor?) -> Tensor { encoded(picture, noise) }

  /// Of the picture with its hole; zeros for a network that doesn't see them.
  func maskedLatents(_ noise: Tensor?) -> Tensor {
    painter.model.layout == .latents ? Tensor(zeros: shape) : encoded(masked, noise)
  }

  private func encoded(_ picture: Tensor, _ noise: Tensor?) -> Tensor {
    let posterior = withoutGradients {
      withProducts(of: precision.onTiles) {
        painter.model.autoencoder.network.encode(Variable(picture))
      }
    }
    return painter.maskedLatents(posterior, noise)
  }
}

/// The random numbers of one picture, in the order in which diffusers and CompVis draw them.
struct InpaintingNoise {
  /// What sampling starts from, `[1, h, w, C]`.
  let start: Tensor
  /// Of the source's latents; nil for their mean.
  let source: Tensor?
  /// Of the latents of the picture with a hole; nil for their mean.
  let masked: Tensor?
  /// What is drawn while sampling.
  let later: SharedNoise

  /// - Parameters:
  ///   - shape: of the latents.
  ///   - start: is not drawn then.
  ///   - layout: decides what is encoded, and so what is drawn.
  init(_ shape: [Int], start: Tensor?, layout: InputLayout, _ settings: EditSettings) {
    let samples = settings.posterior == .sample
    let blends = layout == .latents
    switch settings.conventions.generator {
    case .philox:
      func draw(_ purpose: String) -> Tensor {
        var random = RandomStream(seed: settings.seed, purpose: purpose)
        return random.normal(shape)
      }
      source = samples && blends ? draw("source") : nil
      self.start = start ?? draw("latents")
      masked = samples && !blends ? draw("posterior") : nil
      later = SharedNoise(.stream(RandomStream(seed: settings.seed, purpose: "ddim")))
    case .torch:
      var random = SamplerNoise.torch(TorchGenerator(seed: settings.seed))
      source = samples && blends ? random.normal(shape) : nil
      let maskedFirst = !blends && settings.conventions.drawOrder == .posteriorFirst
      let early = samples && maskedFirst ? random.normal(shape) : nil
      self.start = start ?? random.normal(shape)
      // diffusers encodes the picture with its hole for a network that doesn't see it, too.
      let encodesBoth = settings.conventions.blending == .afterSteps || !blends
      let late = samples && !maskedFirst && encodesBoth ? random.normal(shape) : nil
      masked = early ?? late
      later = SharedNoise(random)
    }
  }
}

/// Noise that a sampler and what goes on between its steps draw in turn.
final class SharedNoise: NormalSource {
  private var source: SamplerNoise

  init(_ source: SamplerNoise) { self.source = source }

  func normal(_ shape: [Int]) -> Tensor { source.normal(shape) }
}

/// Gives latents the source's back outside the mask.
///
/// - Source: `StableDiffusionInpaintPipeline` of diffusers, the loop for 4 channels; `plms_sampling` and
///   `ddim_sampling` of CompVis/stable-diffusion.
final class LatentBlending {
  private let when: Conventions.Blending
  private let source: Tensor
  private let keep: Tensor
  private let noise: InpaintingNoise
  private let extraDraws: Int
  private var stepsBegun = 0

  /// - Parameters:
  ///   - source: clean latents, `[1, h, w, C]`.
  ///   - keep: 1 where they are wanted, `[1, h, w, 1]`.
  ///   - noise: the one that sampling started from, and what comes later.
  ///   - extraDraws: how many tensors of noise a step draws for nothing before steps.
  init(
    _ when: Conventions.Blending, source: Tensor, keep: Tensor, noise: InpaintingNoise,
    extraDraws: Int
  ) {
    self.when = when
    self.source = source
    self.keep = keep.repeatedChannels(source.shape[3])
    self.noise = noise
    self.extraDraws = extraDraws
  }

  func callAsFunction(
    _ latents: Tensor, _ moment: SamplingMoment, _ schedule: NoiseSchedule
  ) -> Tensor {
    if case .step = moment { stepsBegun += 1 }
    return switch when {
    case .afterSteps: afterStep(latents, moment, schedule)
    case .beforeSteps: beforeStep(latents, moment, schedule)
    }
  }

  private func afterStep(
    _ latents: Tensor, _ moment: SamplingMoment, _ schedule: NoiseSchedule
  ) -> Tensor {
    switch moment {
    case .step where stepsBegun == 1: latents
    case .step(let timestep), .trial(let timestep):
      blended(latents, schedule.noisy(source, noise.start, at: [timestep]))
    case .end: blended(latents, source)
    }
  }

  private func beforeStep(
    _ latents: Tensor, _ moment: SamplingMoment, _ schedule: NoiseSchedule
  ) -> Tensor {
    switch moment {
    case .step(let timestep):
      if stepsBegun > 1 { drawIdly() }
      return blended(
        latents, schedule.noisy(source, noise.later.normal(source.shape), at: [timestep]))
    case .trial:
      drawIdly()
      return latents
    case .end: return latents
    }
  }

  private func drawIdly() {
    for _ in 0..<extraDraws { _ = noise.later.normal(source.shape) }
  }

  private func blended(_ latents: Tensor, _ source: Tensor) -> Tensor {
    latents.multiplying(keep.affine(-1, 1)) + source.multiplying(keep)
  }
}
