import Autograd
import Models
import Tensors

/// The network as samplers see it: its output for latents at a timestep, guided towards the reference.
///
/// Classifier-free guidance, `u + s·(c − u)`: u with the null condition, c with the reference. The
/// scale s is the similarity control; at 1 the null condition is not evaluated.
///
/// - Source: Ho & Salimans, arXiv:2207.12598, eq. 6.
public struct GuidedDenoiser: Sendable {
  let unet: UNet
  /// What the model's layout puts beside the latents: the masked pictures and the mask, `[N, h, w, C + 1]`;
  /// nil for nothing.
  let surroundings: Tensor?
  /// `[N, K, D]`
  let condition: Variable
  /// `[N, K, D]`
  let null: Tensor
  let scale: Float
  let precision: ProductPrecision

  public init(
    _ model: PaintByExampleModel, maskedLatents: Tensor, mask: Tensor, condition: Tensor,
    scale: Float, precision: ProductPrecision = .fp32
  ) {
    self.init(
      model, maskedLatents: maskedLatents, mask: mask, condition: Variable(condition),
      scale: scale, precision: precision)
  }

  /// - Parameters:
  ///   - model: gives the U-Net and the null condition.
  ///   - maskedLatents: of the pictures with a hole, scaled for the network, `[N, h, w, C]`.
  ///   - mask: 1 where the picture is kept, `[N, h, w, 1]`.
  ///   - condition: `[N, K, D]`; gradients flow to it from the output for variables.
  ///   - scale: of guidance; 1 is without it.
  ///   - precision: of the U-Net's products.
  public init(
    _ model: PaintByExampleModel, maskedLatents: Tensor, mask: Tensor, condition: Variable,
    scale: Float, precision: ProductPrecision = .fp32
  ) {
    unet = model.unet.network
    surroundings = model.layout.surroundings(maskedLatents: maskedLatents, keep: mask)
    self.condition = condition
    null = withoutGradients {
      model.conditioner.null(condition.shape[0], tokens: condition.shape[1]).value
    }
    self.scale = scale
    self.precision = precision
  }

  /// The guided output.
  ///
  /// - Shape: `latents [N, h, w, C]` → same.
  public func output<Numbers: Latents>(for latents: Numbers, at timestep: Int) -> Numbers {
    let input =
      surroundings.map { Numbers.concatenated([latents, .constant($0)], axis: 3) } ?? latents
    guard scale != 1 else { return evaluate(input, condition, timestep) }
    let pictures = latents.shape[0]
    // Both conditions of a picture share the input: what comes before the context is computed once.
    let both = evaluate(
      input, .concatenated([Variable(null), condition], axis: 0), timestep)
    var guided = both.slice(0..<pictures, axis: 0) * (1 - scale)
    guided.add(both.slice(pictures..<2 * pictures, axis: 0), scaledBy: scale)
    return guided
  }

  private func evaluate<Numbers: Latents>(
    _ input: Numbers, _ context: Variable, _ timestep: Int
  ) -> Numbers {
    let timesteps = [Int](repeating: timestep, count: input.shape[0])
    return withProducts(of: precision) {
      Numbers.output(of: { unet($0, timesteps: timesteps, context: context) }, input)
    }
  }
}
