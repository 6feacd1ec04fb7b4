import Autograd
import Models
import Tensors

/// What makes reconstructions sharp: they are to be taken for real by a network that learns to tell them
/// from real pictures.
///
/// - Source: Esser et al., arXiv:2012.09841, equations 4 to 7; `LPIPSWithDiscriminator` of latent-diffusion.
///   There the discriminator's step follows the autoencoder's; here both take theirs from the same
///   reconstruction, so that a step needs only one.
package struct AdversarialLoss {
  package let discriminator: Component<PatchDiscriminator>
  /// Of the adversarial gradient at the decoder's last layer, in units of the reconstruction's.
  let weight: Float

  package init(_ discriminator: Component<PatchDiscriminator>, weight: Float) {
    (self.discriminator, self.weight) = (discriminator, weight)
  }

  /// The autoencoder's whole loss.
  ///
  /// - Parameters:
  ///   - autoencoder: whose reconstructions they are.
  ///   - features: what its last convolution reads, `[N, H, W, C]`.
  ///   - error: of a reconstruction.
  /// - Returns: the loss, and the reconstruction that it is of.
  package func generatorLoss(
    _ autoencoder: Autoencoder, _ features: Variable, error: (Variable) -> Variable
  ) -> (loss: Variable, reconstruction: Variable) {
    let reconstruction = autoencoder.picture(of: features)
    let (error, errorGradient) = reconstruction.differentiated(error)
    let (doubt, doubtGradient) = reconstruction.differentiated { picture in
      discriminator.parameters.frozen { judged(picture).mean().scaled(by: -1) }
    }
    let share =
      weight
      * adaptiveWeight(autoencoder, features.value, errorGradient, doubtGradient)
    let loss = reconstruction.scalar(
      error + share * doubt, gradient: errorGradient + doubtGradient * share)
    return (loss, reconstruction)
  }

  /// The hinge loss of telling real pictures from reconstructions.
  ///
  /// - Shape: `[N, H, W, 3]` each → `[]`.
  package func discriminatorLoss(_ real: Tensor, _ reconstruction: Tensor) -> Variable {
    let real = judged(Variable(real)).scaled(by: -1, plus: 1).relu().mean()
    let fake = judged(Variable(reconstruction)).scaled(by: 1, plus: 1).relu().mean()
    return (real + fake).scaled(by: 0.5)
  }

  /// Batch norms take the batch's own statistics: nobody asks a discriminator later.
  private func judged(_ pictures: Variable) -> Variable {
    withBatchStatistics { discriminator.network(pictures) }.result
  }

  /// How much longer the reconstruction's gradient is at the decoder's last layer than the adversarial one.
  private func adaptiveWeight(
    _ autoencoder: Autoencoder, _ features: Tensor, _ error: Tensor, _ doubt: Tensor
  ) -> Float {
    func length(_ gradient: Tensor) -> Float {
      let weight = autoencoder.lastWeight
      let found = autoencoder.picture(of: Variable(features)).gradients(seed: gradient)[weight]
      return Float(found?.sumOfSquares() ?? 0).squareRoot()
    }
    return min(length(error) / (length(doubt) + 1e-4), 1e4)
  }
}

extension Variable {
  /// The value of a scalar function here, and its gradient; nothing of it is recorded.
  fileprivate func differentiated(
    _ function: (Variable) -> Variable
  ) -> (value: Float, gradient: Tensor) {
    let place = Variable.leaf(value)
    let result = function(place)
    return (result.value.scalar, result.gradients()[place] ?? Tensor(zeros: shape))
  }
}
