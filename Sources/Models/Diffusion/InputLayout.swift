import Tensors

/// What the input channels of a denoising network are.
public enum InputLayout: String, Sendable, Equatable {
  /// Noisy latents, latents of the picture with a hole, mask (1 = keep): Paint by Example.
  case exemplar
  /// Noisy latents, mask (1 = hole), latents of the picture with a hole: Stable Diffusion's inpainting.
  case inpainting
  /// Noisy latents alone: Stable Diffusion.
  case latents

  /// What stands beside the noisy latents; nil for nothing.
  ///
  /// - Shape: `maskedLatents [N, h, w, C]`, `keep [N, h, w, 1]` (1 where the picture is kept) →
  ///   `[N, h, w, C + 1]`.
  /// - Source: `PaintByExamplePipeline` and `StableDiffusionInpaintPipeline` of diffusers.
  package func surroundings(maskedLatents: Tensor, keep: Tensor) -> Tensor? {
    switch self {
    case .exemplar: .concatenated([maskedLatents, keep], axis: 3)
    case .inpainting: .concatenated([keep.affine(-1, 1), maskedLatents], axis: 3)
    case .latents: nil
    }
  }

  /// Channels that a network needs, for latents of so many.
  package func channels(latents: Int) -> Int { self == .latents ? latents : 2 * latents + 1 }
}
