import Autograd
import Tensors

/// The whole model: what training makes and sampling uses.
public struct PaintByExampleModel: Sendable {
  public var unet: Component<UNet>
  public var autoencoder: Component<Autoencoder>
  public var conditioner: any Conditioner
  public var schedule: NoiseSchedule
  public var prediction: Prediction
  /// Latents are multiplied by this before diffusion, so that their variance is about 1.
  public var latentScale: Float
  /// What the UNet's input channels are.
  public var layout: InputLayout
  /// What of its files had no place in it, a sentence each.
  public var notes: [String] = []
  /// Decodes nearly as the autoencoder does, and much faster.
  public var tinyDecoder: Component<TinyDecoder>?
  /// Whether ``pictures(of:)`` are the tiny decoder's, where there is one.
  public var decodesTiny = false

  public init(
    unet: Component<UNet>, autoencoder: Component<Autoencoder>, conditioner: any Conditioner,
    schedule: NoiseSchedule, prediction: Prediction, latentScale: Float,
    layout: InputLayout = .exemplar, tinyDecoder: Component<TinyDecoder>? = nil
  ) {
    self.unet = unet
    self.autoencoder = autoencoder
    self.conditioner = conditioner
    self.schedule = schedule
    self.prediction = prediction
    self.latentScale = latentScale
    self.layout = layout
    self.tinyDecoder = tinyDecoder
  }

  /// Pixels a side for each position of a latent.
  public var downsampling: Int { autoencoder.network.configuration.downsampling }

  /// Height and width of the pictures that the model is made for.
  public var pictureSize: Int { autoencoder.network.configuration.sampleSize }

  /// Picture sides must be multiples of this: the UNet halves the latents between its levels.
  public var sizeMultiple: Int {
    downsampling << (unet.network.configuration.blockOutChannels.count - 1)
  }

  /// Mean and log-variance of the latents of pictures.
  ///
  /// - Shape: `[N, H, W, 3]` → `[N, h, w, 2C]`.
  public func moments(of pictures: Tensor) -> Tensor {
    withoutGradients { autoencoder.network.moments(of: Variable(pictures)).value }
  }

  /// Latents drawn from their distribution by `noise`, or its mean; scaled for diffusion.
  ///
  /// - Shape: `moments [N, h, w, 2C]`, `noise [N, h, w, C]` → `[N, h, w, C]`.
  public func latents(from moments: Tensor, noise: Tensor?) -> Tensor {
    withoutGradients {
      let posterior = Posterior(moments: Variable(moments))
      return (noise.map { posterior.sample($0) } ?? posterior.mean).value * latentScale
    }
  }

  /// Pictures of scaled latents, about in [−1, 1].
  ///
  /// - Shape: `[N, h, w, 4]` → `[N, H, W, 3]`.
  public func pictures(of latents: Tensor) -> Tensor {
    if decodesTiny, let tinyDecoder {
      return withoutGradients { tinyDecoder.network(Variable(latents)).value }
    }
    return withoutGradients {
      autoencoder.network.decode(Variable(latents * (1 / latentScale))).value
    }
  }
}
