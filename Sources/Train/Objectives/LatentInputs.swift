import Autograd
import Datasets
import Models
import Tensors

/// What the UNet is given of a batch of triplets, the reference aside.
package struct LatentInputs {
  /// Scaled latents of the pictures, `[N, h, w, C]`.
  let latents: Tensor
  /// Scaled latents of the pictures with a hole.
  let maskedLatents: Tensor
  /// 1 = keep, at the latents' size, `[N, h, w, 1]`.
  let mask: Tensor

  package init(latents: Tensor, maskedLatents: Tensor, mask: Tensor) {
    (self.latents, self.maskedLatents, self.mask) = (latents, maskedLatents, mask)
  }

  /// Both latents are drawn from their posterior, as the official code does.
  ///
  /// - Parameter cache: of whole pictures' moments; pictures with a hole are new each time.
  init(
    _ model: PaintByExampleModel, _ batch: TripletBatch, using random: inout RandomStream,
    cache: MomentsCache? = nil
  ) throws {
    let moments = try cache.map { try $0.moments(of: batch.image, encode: model.moments) }
    latents = Self.draw(model, moments ?? model.moments(of: batch.image), using: &random)
    maskedLatents = Self.draw(model, model.moments(of: batch.maskedImage), using: &random)
    mask = batch.mask.latentMask(downsampling: model.downsampling)
  }

  private static func draw(
    _ model: PaintByExampleModel, _ moments: Tensor, using random: inout RandomStream
  ) -> Tensor {
    let shape = Array(moments.shape.dropLast()) + [moments.shape[3] / 2]
    return model.latents(from: moments, noise: Tensor(normal: shape, using: &random))
  }

  /// The UNet's input at the given timesteps, in the model's own layout.
  func noisy(_ model: PaintByExampleModel, _ noise: Tensor, at timesteps: [Int]) -> Variable {
    input(model, model.schedule.noisy(latents, noise, at: timesteps))
  }

  /// The UNet's input with these noisy latents.
  func input(_ model: PaintByExampleModel, _ noisy: Tensor) -> Variable {
    let surroundings = model.layout.surroundings(maskedLatents: maskedLatents, keep: mask)
    return Variable(.concatenated([noisy] + (surroundings.map { [$0] } ?? []), axis: 3))
  }
}
