import Autograd
import Tensors

/// The distribution of a picture's latents: independent normal numbers.
///
/// - Source: `DiagonalGaussianDistribution` of latent diffusion.
public struct Posterior: Sendable {
  /// `[N, h, w, latentChannels]`.
  public let mean: Variable
  /// Natural logarithm of the variance, between −30 and 20; `[N, h, w, latentChannels]`.
  public let logVariance: Variable

  /// From the encoder's output, mean and log-variance side by side.
  public init(moments: Variable) {
    let channels = moments.shape[3] / 2
    mean = moments.slice(0..<channels, axis: 3)
    logVariance = moments.slice(channels..<2 * channels, axis: 3).clamped(-30, 20)
  }

  /// The latents for given standard normal noise, `[N, h, w, latentChannels]`.
  public func sample(_ noise: Tensor) -> Variable {
    mean + logVariance.scaled(by: 0.5).exponential() * Variable(noise)
  }

  /// The Kullback–Leibler divergence from the standard normal distribution, summed over a picture,
  /// averaged over the batch; in nats.
  public var divergence: Variable {
    let terms = mean.squared() + logVariance.exponential() - logVariance
    let count = Float(mean.value.count)
    let pictures = Float(mean.shape[0])
    return terms.sum().scaled(by: 0.5 / pictures, plus: -0.5 * count / pictures)
  }
}
