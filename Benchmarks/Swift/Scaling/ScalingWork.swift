import ArgumentParser
import Autograd
import Models
import Tensors

/// The works whose scaling is predicted, at the sizes of `make bench`, with random weights.
enum ScalingWork: String, CaseIterable, ExpressibleByArgument {
  case unet
  case vaeDecode = "vae-decode"
  case imageEncoder = "image-encoder"
  case trainingSmall = "training-small"
  case trainingFull = "training-full"

  /// For a person.
  var title: String {
    switch self {
    case .unet: "UNet pair, 64²"
    case .vaeDecode: "VAE decode, 512²"
    case .imageEncoder: "CLIP ViT-L/14"
    case .trainingSmall: "training step, 12.9 M parameters, batch 16, 32²"
    case .trainingFull: "training step, full size, batch 1, 64²"
    }
  }

  func load(_ precision: WorkPrecision) -> any Work {
    switch self {
    case .unet:
      let sizes = UNetConfiguration()
      return UNetWork(
        Component(sizes, seed: 1), sample: normal([2, 64, 64, sizes.inChannels]),
        context: normal([2, 1, sizes.crossAttentionDimension]), timesteps: [500, 500],
        precision: precision)
    case .vaeDecode:
      let sizes = AutoencoderConfiguration()
      return AutoencoderWork(
        Component(sizes, seed: 2), sample: normal([1, 64, 64, sizes.latentChannels]),
        decodes: true, precision: precision)
    case .imageEncoder:
      let sizes = ImageEncoderConfiguration()
      return ImageEncoderWork(
        Component(sizes, seed: 3), pixels: normal([1, sizes.imageSize, sizes.imageSize, 3]),
        precision: precision)
    case .trainingSmall:
      return training(.small, batch: 16, side: 32, precision)
    case .trainingFull:
      return training(UNetConfiguration(), batch: 1, side: 64, precision)
    }
  }

  private func training(
    _ sizes: UNetConfiguration, batch: Int, side: Int, _ precision: WorkPrecision
  ) -> TrainingWork {
    TrainingWork(
      Component(sizes, seed: 1), sample: normal([batch, side, side, sizes.inChannels]),
      target: normal([batch, side, side, sizes.outChannels], index: 1),
      context: normal([batch, 1, sizes.crossAttentionDimension], index: 2),
      timesteps: Array(repeating: 500, count: batch), precision: precision)
  }

  private func normal(_ shape: [Int], index: UInt64 = 0) -> Tensor {
    var random = RandomStream(seed: 1, purpose: "scaling", index: index)
    return Tensor(normal: shape, using: &random)
  }
}
