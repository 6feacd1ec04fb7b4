import Autograd
import Datasets
import Foundation
import Models
import Pictures
import Support
import Tensors

extension ObjectiveDefinition {
  static let autoencoder = ObjectiveDefinition(
    name: "autoencoder", summary: "the autoencoder (reconstruction and KL)",
    pictureUnit: { $0.autoencoder.downsampling },
    make: { setup in try AutoencoderObjective(setup) })
}

/// Reconstruction and a small KL term: the autoencoder's training.
///
/// - Source: Rombach et al., arXiv:2112.10752, section 3.1, without its adversarial and perceptual
///   losses, which need networks of their own.
final class AutoencoderObjective: Objective {
  typealias Producer = PictureProducer

  let source: BatchSource<PictureProducer>
  private let component: Component<Autoencoder>
  private let settings: AutoencoderTrainingConfiguration
  private let seed: UInt64
  /// Validation pictures, `[N, S, S, 3]` each.
  private let cases: [Tensor]
  private let sampleCount: Int

  fileprivate init(_ setup: ObjectiveSetup) throws {
    let configuration = setup.configuration
    let (training, validation) = (configuration.data.train, configuration.data.validation)
    component = try setup.networks { try $0.autoencoder(isTrained: true) }
    cases = try setup.data.validationBatches(
      PictureProducer(validation.triplets, holeProbability: 0))
    source = try setup.data.batches(
      PictureProducer(training.triplets, holeProbability: Float(training.holeProbability)))
    settings = configuration.autoencoder
    seed = configuration.seed
    sampleCount = configuration.samples.count
  }

  var trained: [TrainedComponent] {
    [TrainedComponent(name: .autoencoder, store: component.parameters)]
  }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] { [] }

  func loss(_ batch: Tensor, draw: Int) -> Variable {
    let posterior = component.network.encode(Variable(batch))
    var random = RandomStream(seed: seed, purpose: "autoencoder posterior", index: UInt64(draw))
    let latents = posterior.sample(Tensor(normal: posterior.mean.shape, using: &random))
    let reconstruction = component.network.decode(latents)
    return error(reconstruction, batch)
      + posterior.divergence.scaled(
        by: Float(settings.klWeight) * Float(batch.shape[0]) / Float(batch.count))
  }

  private func error(_ reconstruction: Variable, _ pictures: Tensor) -> Variable {
    switch settings.reconstruction {
    case .squared: reconstruction.meanSquaredError(Variable(pictures))
    case .absolute: reconstruction.meanAbsoluteError(Variable(pictures))
    }
  }

  /// The mean squared error of reconstructions from the posterior's mean, and the PSNR it means.
  func validate(_ isStopping: () -> Bool) -> [(name: String, value: Double)] {
    guard !cases.isEmpty else { return [] }
    let errors = cases.map { pictures in
      reconstruct(pictures).squaredDistance(to: pictures) / Double(pictures.count)
    }
    let mean = errors.reduce(0, +) / Double(errors.count)
    return [("validation_mse", mean), ("validation_psnr", 10 * log10(4 / max(mean, 1e-12)))]
  }

  private func reconstruct(_ pictures: Tensor) -> Tensor {
    withoutGradients {
      component.network.decode(component.network.encode(Variable(pictures)).mean).value
    }
  }

  func samples(_ isStopping: () -> Bool) -> Image? {
    guard let first = cases.first else { return nil }
    var sheet = ContactSheet(
      columns: ["picture", "decoded"], cellSize: max(first.shape[1], 64))
    let pictures = cases.flatMap { batch in
      (0..<batch.shape[0]).map { batch.slice($0..<$0 + 1, axis: 0) }
    }
    for picture in pictures.prefix(sampleCount) {
      sheet.addRow([Image(picture), Image(reconstruct(picture))])
    }
    return sheet.image()
  }

  func writeFrame(to folder: String) throws {}

  func configuration(_ component: ComponentName) -> [String: JSONValue] {
    self.component.network.configuration.json
  }
}
