import Tensors

/// The random numbers of one picture, as its conventions draw them.
struct PictureNoise {
  /// What sampling starts from, `[1, h, w, C]`.
  let start: Tensor
  /// Of the masked picture's latents, `[1, h, w, C]`; nil for their mode.
  let posterior: Tensor?
  /// What a sampler adds.
  var later: SamplerNoise

  /// - Parameters:
  ///   - shape: of the latents, `[1, h, w, C]`.
  ///   - start: is not drawn then.
  init(_ shape: [Int], start: Tensor?, _ settings: EditSettings) {
    let wantsPosterior = settings.posterior == .sample
    switch settings.conventions.generator {
    case .philox:
      func draw(_ purpose: String) -> Tensor {
        var random = RandomStream(seed: settings.seed, purpose: purpose)
        return random.normal(shape)
      }
      self.start = start ?? draw("latents")
      posterior = wantsPosterior ? draw("posterior") : nil
      later = .stream(RandomStream(seed: settings.seed, purpose: "ddim"))
    case .torch:
      var random = SamplerNoise.torch(TorchGenerator(seed: settings.seed))
      switch settings.conventions.drawOrder {
      case .latentsFirst:
        self.start = start ?? random.normal(shape)
        posterior = wantsPosterior ? random.normal(shape) : nil
      case .posteriorFirst:
        posterior = wantsPosterior ? random.normal(shape) : nil
        self.start = start ?? random.normal(shape)
      }
      later = random
    }
  }
}

/// Noise for channels-last latents.
enum SamplerNoise: NormalSource {
  case stream(RandomStream)
  case torch(TorchGenerator)

  /// - Parameter shape: `[N, h, w, C]`; PyTorch fills `[N, C, h, w]`.
  mutating func normal(_ shape: [Int]) -> Tensor {
    switch self {
    case .stream(var random):
      defer { self = .stream(random) }
      return random.normal(shape)
    case .torch(var generator):
      defer { self = .torch(generator) }
      let drawn = generator.normal([shape[0], shape[3], shape[1], shape[2]])
      return drawn.transposed([0, 2, 3, 1])
    }
  }
}
