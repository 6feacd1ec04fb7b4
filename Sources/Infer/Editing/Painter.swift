import Autograd
import Models
import Pictures
import Tensors

/// Repaints the masked part of a picture after a reference, at the model's size: the method itself,
/// without cropping and pasting.
public struct Painter: Sendable {
  public let model: PaintByExampleModel

  /// Whether the image encoder is used so rarely that packing its weights would not pay.
  private let encodesOnce: Bool

  /// Paints with `model`. With `encodesOnce` the image encoder's weights stay as they lie in their
  /// file, which is faster unless many references follow; the result is the same to the bit.
  public init(_ model: PaintByExampleModel, encodesOnce: Bool = true) {
    self.model = model
    self.encodesOnce = encodesOnce
  }

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
  /// - Throws: `PromptError`.
  public func condition(
    _ reference: Image?, _ conventions: Conventions = Conventions()
  ) throws -> Tensor {
    try condition(after: reference.map { .picture($0) }, conventions)
  }

  /// The condition tokens of whatever the model paints after; `nil` gives the null condition.
  ///
  /// - Shape: → `[1, K, D]`.
  /// - Throws: `PromptError`.
  public func condition(
    after prompt: Prompt?, _ conventions: Conventions = Conventions()
  ) throws -> Tensor {
    let conditioner = model.conditioner
    guard let prompt else { return withoutGradients { conditioner.null(1).value } }
    let input = try conditioner.prepare(prompt, conventions.referenceResize)
    return withoutGradients {
      encodesOnce
        ? usingWeightsOnce { conditioner(Variable(input)).value }
        : conditioner(Variable(input)).value
    }
  }

  /// The condition tokens of several prompts, one after the other; their order means nothing to the network.
  ///
  /// - Shape: of n prompts → `[1, n · K, D]`.
  /// - Throws: `PromptError`.
  public func condition(
    after prompts: [Prompt], _ conventions: Conventions = Conventions()
  ) throws -> Tensor {
    // One at a time: what the encoder needs in memory is for one.
    let tokens = try prompts.map { try condition(after: $0, conventions) }
    return tokens.count == 1 ? tokens[0] : .concatenated(tokens, axis: 1)
  }

  /// Encodes the picture with a hole where the mask is.
  ///
  /// - Parameters:
  ///   - source: width and height divisible by `PaintByExampleModel.sizeMultiple`.
  ///   - mask: of the same size; at least 128 is repainted.
  ///   - conventions: of them, how the mask gets the latents' size.
  ///   - precision: of the autoencoder, where tiles multiply; fp32 elsewhere.
  public func surroundings(
    source: Image, mask: GrayImage, _ conventions: Conventions = Conventions(),
    precision: ProductPrecision = .fp32
  ) -> Surroundings {
    let keep = Tensor(keeping: mask)
    let masked = Tensor(signed: source).multiplying(keep.repeatedChannels(3))
    let latentMask =
      switch conventions.maskResize {
      case .bilinear: keep.latentMask(downsampling: model.downsampling)
      case .nearest: keep.nearestLatentMask(downsampling: model.downsampling)
      }
    return withoutGradients {
      withProducts(of: precision.onTiles) {
        Surroundings(
          posterior: model.autoencoder.network.encode(Variable(masked)), mask: latentMask)
      }
    }
  }

  /// Denoises: the latents of the repainted picture.
  ///
  /// - Parameters:
  ///   - surroundings: from ``surroundings(source:mask:_:precision:)``.
  ///   - condition: from ``condition(_:_:)``.
  ///   - settings: crop, size and pasting play no part.
  ///   - progress: called after each evaluation of the network; what it throws ends the sampling.
  ///   - watch: told after each evaluation what the network then takes the clean latents for,
  ///     `[1, h, w, C]`.
  /// - Returns: `[1, h, w, C]`.
  /// - Throws: ``EditError``.
  public func latents(
    _ surroundings: Surroundings, condition: Tensor, _ settings: EditSettings,
    progress: () throws -> Void = {}, watch: (Tensor) -> Void = { _ in }
  ) throws -> Tensor {
    let latents: Tensor = try sample(
      surroundings, Variable(condition), settings, progress, watch)
    guard latents.values.allSatisfy(\.isFinite) else {
      throw EditError.notFinite(scale: settings.scale, sampler: settings.sampler)
    }
    return latents
  }

  /// The same latents as a variable: gradients flow from them through the whole sampling to the
  /// condition. The path of every step is kept in memory.
  ///
  /// - Shape: condition `[1, K, D]` → `[1, h, w, C]`.
  /// - Throws: ``EditError``.
  public func latents(
    _ surroundings: Surroundings, condition: Variable, _ settings: EditSettings
  ) throws -> Variable {
    try sample(surroundings, condition, settings, {}, { _ in })
  }

  private func sample<Numbers: Latents>(
    _ surroundings: Surroundings, _ condition: Variable, _ settings: EditSettings,
    _ progress: () throws -> Void, _ watch: (Tensor) -> Void
  ) throws -> Numbers {
    try checkSteps(settings)
    let shape = surroundings.posterior.mean.shape
    var noise = PictureNoise(shape, start: try givenNoise(shape, settings), settings)
    let denoiser = GuidedDenoiser(
      model, maskedLatents: maskedLatents(surroundings.posterior, noise.posterior),
      mask: surroundings.mask, condition: condition,
      scale: settings.conventions.guidance(at: settings.scale), precision: settings.precision)
    let schedule = try schedule(settings)
    return try settings.sampler(settings.samplingOptions).sample(
      from: .constant(noise.start), schedule, steps: settings.steps,
      prediction: model.prediction, using: &noise.later
    ) { latents, timestep in
      let output: Numbers = denoiser.output(for: latents, at: timestep)
      if let output = output as? Tensor, let latents = latents as? Tensor {
        watch(model.prediction.data(from: output, latents: latents, at: timestep, schedule))
      }
      try progress()
      return output
    }
  }

  /// The picture of latents.
  ///
  /// - Parameters:
  ///   - latents: denoised, `[1, h, w, C]`.
  ///   - conventions: of them, how values become 8 bits.
  ///   - precision: of the autoencoder, where tiles multiply; fp32 elsewhere.
  /// - Throws: ``EditError/pictureNotFinite``.
  public func picture(
    of latents: Tensor, _ conventions: Conventions = Conventions(),
    precision: ProductPrecision = .fp32
  ) throws -> Image {
    let decoded = withProducts(of: precision.onTiles) { model.pictures(of: latents) }
    guard decoded.isFinite else { throw EditError.pictureNotFinite }
    return Image(decoded, rounding: conventions.rounding)
  }

  /// - Returns: `[1, h, w, C]`.
  func latentShape(_ size: PictureSize) -> [Int] {
    let channels = model.autoencoder.network.configuration.latentChannels
    return [1, size.height / model.downsampling, size.width / model.downsampling, channels]
  }

  /// All of it: ``surroundings(source:mask:_:precision:)``, ``latents(_:condition:_:progress:watch:)``
  /// and ``picture(of:_:precision:)``.
  ///
  /// - Throws: ``EditError``, also where what is decoded is not finite.
  public func paint(
    source: Image, mask: GrayImage, condition: Tensor, _ settings: EditSettings,
    progress: () throws -> Void = {}
  ) throws -> Result {
    let latents = try latents(
      surroundings(
        source: source, mask: mask, settings.conventions, precision: settings.precision),
      condition: condition, settings, progress: progress)
    let picture = try picture(of: latents, settings.conventions, precision: settings.precision)
    return Result(picture: picture, latents: latents)
  }

  /// Finds out before any work whether the model's schedule has the timesteps that are asked for.
  func checkTimesteps(_ settings: EditSettings) throws {
    try settings.validate()
    try checkSteps(settings)
    _ = try schedule(settings)
  }

  func checkSteps(_ settings: EditSettings) throws {
    let most = settings.sampler.mostSteps(model.schedule)
    guard settings.steps <= most else {
      let sampler = most < model.schedule.alphas.count ? " and \(settings.sampler.rawValue)" : ""
      throw EditError.badSetting(
        "steps", "\(settings.steps)", "at most \(most) for this model\(sampler)")
    }
  }

  func givenNoise(_ shape: [Int], _ settings: EditSettings) throws -> Tensor? {
    guard let noise = settings.noise else { return nil }
    let expected = [1, shape[3], shape[1], shape[2]]
    guard noise.shape == expected else {
      throw EditError.noiseShape("the starting noise", found: noise.shape, expected: expected)
    }
    return noise.transposed([0, 2, 3, 1])
  }

  /// Scaled for the network.
  func maskedLatents(_ posterior: Posterior, _ noise: Tensor?) -> Tensor {
    withoutGradients {
      let latents = noise.map { posterior.sample($0) } ?? posterior.mean
      return latents.value * model.latentScale
    }
  }

  func schedule(_ settings: EditSettings) throws -> NoiseSchedule {
    var schedule = model.schedule
    schedule.grid.spans = settings.goesToTheEnd
    let problems = schedule.grid.unsupported.filter { $0.scheduler == settings.sampler.scheduler }
    guard problems.isEmpty else {
      throw EditError.schedulerNotFollowed(settings.sampler, problems: problems.map(\.problem))
    }
    let least = schedule.grid.beginsWithRungeKutta && settings.sampler == .plms ? 4 : 1
    guard settings.steps >= least else {
      throw EditError.tooFewSteps(settings.steps, least: least)
    }
    guard !schedule.runsPastEnd(steps: settings.steps) else {
      throw EditError.pastSchedule(steps: settings.steps, timesteps: schedule.alphas.count)
    }
    return schedule
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
