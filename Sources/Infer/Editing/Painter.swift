import Autograd
import Datasets
import Models
import Tensors

/// Repaints the masked part of a picture after a reference, at the model's size: the method itself,
/// without cropping and pasting.
public struct Painter: Sendable {
  public let model: PaintByExample

  public init(_ model: PaintByExample) { self.model = model }

  /// A network's picture and the latents that it was decoded from.
  public struct Result: Sendable {
    public let picture: Image
    /// Denoised, scaled as the network has them, `[1, h, w, C]`.
    public let latents: Tensor
  }

  /// A masked picture as the network sees it, for any number of seeds and scales.
  public struct Surroundings: Sendable {
    /// Of the latents of the picture with a hole, `[1, h, w, C]`.
    let posterior: Posterior
    /// 1 where the picture is kept, `[1, h, w, 1]`.
    let mask: Tensor
  }

  /// The condition tokens of a reference picture; `nil` gives the null condition.
  ///
  /// - Shape: → `[1, K, D]`.
  public func condition(_ reference: Image?) -> Tensor {
    let encoder = model.imageEncoder.network
    return withoutGradients {
      guard let reference else { return encoder.null(1).value }
      let size = encoder.configuration.imageSize
      return encoder(Variable(Tensor(reference: reference, size: size))).value
    }
  }

  /// - Parameters:
  ///   - source: width and height divisible by the model's ``PaintByExample/sizeMultiple``.
  ///   - mask: of the same size; at least 128 is repainted.
  public func surroundings(source: Image, mask: GrayImage) -> Surroundings {
    let keep = Tensor(keeping: mask)
    let masked = Tensor(signed: source).multiplying(keep.repeatedChannels(3))
    return withoutGradients {
      Surroundings(
        posterior: model.autoencoder.network.encode(Variable(masked)),
        mask: keep.latentMask(downsampling: model.downsampling))
    }
  }

  /// Denoises: the latents of the repainted picture.
  ///
  /// - Parameters:
  ///   - condition: from ``condition(_:)``.
  ///   - progress: called after each evaluation of the network.
  /// - Returns: `[1, h, w, C]`.
  /// - Throws: ``EditError``.
  public func latents(
    _ surroundings: Surroundings, condition: Tensor, _ settings: EditSettings,
    progress: () -> Void = {}
  ) throws -> Tensor {
    let known = model.schedule.alphas.count
    guard settings.steps <= known else {
      throw EditError.badSetting("steps", "\(settings.steps)", "at most \(known) for this model")
    }
    let shape = surroundings.posterior.mean.shape
    let start = try startingNoise(shape, settings)
    let denoiser = GuidedDenoiser(
      model, maskedLatents: maskedLatents(surroundings.posterior, settings),
      mask: surroundings.mask, condition: condition, scale: settings.scale)
    let latents = sample(from: start, denoiser, settings, progress)
    guard latents.values.allSatisfy(\.isFinite) else {
      throw EditError.notFinite(scale: settings.scale, sampler: settings.sampler)
    }
    return latents
  }

  /// The picture of latents, `[1, h, w, C]`.
  public func picture(of latents: Tensor) -> Image { Image(model.pictures(of: latents)) }

  /// - Returns: `[1, h, w, C]`.
  func latentShape(_ size: PictureSize) -> [Int] {
    let channels = model.autoencoder.network.configuration.latentChannels
    return [1, size.height / model.downsampling, size.width / model.downsampling, channels]
  }

  /// All of it: ``surroundings(source:mask:)``, ``latents(_:condition:_:progress:)`` and
  /// ``picture(of:)``.
  public func paint(
    source: Image, mask: GrayImage, condition: Tensor, _ settings: EditSettings,
    progress: () -> Void = {}
  ) throws -> Result {
    let latents = try latents(
      surroundings(source: source, mask: mask), condition: condition, settings, progress: progress)
    return Result(picture: picture(of: latents), latents: latents)
  }

  private func startingNoise(_ shape: [Int], _ settings: EditSettings) throws -> Tensor {
    guard let noise = settings.noise else {
      var random = RandomStream(seed: settings.seed, purpose: "latents")
      return Tensor(normal: shape, using: &random)
    }
    let expected = [1, shape[3], shape[1], shape[2]]
    guard noise.shape == expected else {
      throw EditError.noiseShape("the starting noise", found: noise.shape, expected: expected)
    }
    return noise.transposed([0, 2, 3, 1])
  }

  private func maskedLatents(_ posterior: Posterior, _ settings: EditSettings) -> Tensor {
    withoutGradients {
      switch settings.posterior {
      case .mode: return posterior.mean.value * model.latentScale
      case .sample:
        var random = RandomStream(seed: settings.seed, purpose: "posterior")
        let noise = Tensor(normal: posterior.mean.shape, using: &random)
        return posterior.sample(noise).value * model.latentScale
      }
    }
  }

  private func sample(
    from start: Tensor, _ denoiser: GuidedDenoiser, _ settings: EditSettings,
    _ progress: () -> Void
  ) -> Tensor {
    func predict(_ latents: Tensor, _ timestep: Int) -> Tensor {
      defer { progress() }
      return denoiser.output(for: latents, at: timestep)
    }
    let (schedule, steps, prediction) = (model.schedule, settings.steps, model.prediction)
    switch settings.sampler {
    case .plms:
      return plms(from: start, schedule, steps: steps, prediction: prediction, predict: predict)
    case .ddim:
      var random = RandomStream(seed: settings.seed, purpose: "ddim")
      return ddim(
        from: start, schedule, steps: steps, prediction: prediction, eta: settings.eta,
        using: &random, predict: predict)
    case .dpmSolver:
      return dpmSolver(
        from: start, schedule, steps: steps, prediction: prediction, predict: predict)
    case .uniPC:
      return uniPC(from: start, schedule, steps: steps, prediction: prediction, predict: predict)
    }
  }
}

extension Tensor {
  /// The one channel several times.
  ///
  /// - Shape: `[…, 1]` → `[…, channels]`.
  package func repeatedChannels(_ channels: Int) -> Tensor {
    Tensor(Array(shape.dropLast()) + [channels]) { output in
      for i in 0..<count {
        (output + i * channels).update(repeating: pointer[i], count: channels)
      }
    }
  }
}
