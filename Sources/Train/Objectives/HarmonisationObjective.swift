import Autograd
import Datasets
import Foundation
import Models
import Pictures
import Support
import Tensors

extension ObjectiveDefinition {
  static let harmonisation = ObjectiveDefinition(
    name: "harmonisation",
    summary: "a harmoniser (objects in other colours become as they were)",
    pictureUnit: { networks in
      // iDIH's last block has no padding: it needs four pixels.
      let sizes = networks.harmoniser
      return sizes.backbone == .idih ? 2 * sizes.sizeUnit : sizes.sizeUnit
    },
    make: { setup in try HarmonisationObjective(setup) })
}

/// A harmoniser learns to undo random changes of an object's colours.
///
/// - Source: Xue et al., arXiv:2207.04788; its pairs are made of the data set's own pictures.
final class HarmonisationObjective: Objective {
  typealias Producer = HarmonyProducer

  let source: BatchSource<HarmonyProducer>
  private let component: Component<Harmoniser>
  private let settings: HarmonisationConfiguration
  private let cases: [HarmonyBatch]
  private let sampleCount: Int
  /// Of the step's batches, in order.
  private var statistics: [BatchStatistics] = []

  fileprivate init(_ setup: ObjectiveSetup) throws {
    let configuration = setup.configuration
    settings = configuration.harmonisation
    component = try setup.networks { try $0.harmoniser() }
    func producer(_ set: DatasetConfiguration) throws -> HarmonyProducer {
      try HarmonyProducer(set.triplets, configuration.harmonisation.recolouring)
    }
    cases = try setup.data.validationBatches(producer(configuration.data.validation))
    source = try setup.data.batches(producer(configuration.data.train))
    sampleCount = configuration.samples.count
  }

  var trained: [TrainedComponent] {
    [TrainedComponent(name: .harmoniser, store: component.parameters)]
  }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] { [] }

  func loss(_ batch: HarmonyBatch, draw: Int) -> Variable {
    let (value, found) = withBatchStatistics { error(batch) }
    statistics.append(found)
    return value
  }

  private func error(_ batch: HarmonyBatch) -> Variable {
    HarmonisationLoss(batch, settings)
      .total(component.network.settings(batch.composite, masks: batch.mask))
  }

  /// The running statistics move by the mean over the step's batches: the same in each replica.
  func finishStep(of batches: Int, _ replica: Replica) throws {
    guard let first = statistics.first else { return }
    defer { statistics = [] }
    first.replacing(try replica.sum(statistics.map(\.values))).update(count: batches)
  }

  /// The loss, and the objects' mean squared error in steps of 8 bits before harmonisation and after.
  func validate(_ isStopping: () -> Bool) -> [(name: String, value: Double)] {
    guard !cases.isEmpty else { return [] }
    var (total, before, after) = (0.0, 0.0, 0.0)
    for batch in cases {
      total += Double(withoutGradients { error(batch) }.value.scalar)
      before += batch.objectError(batch.composite)
      after += batch.objectError(harmonised(batch))
    }
    let count = Double(cases.count)
    return [
      ("validation_loss", total / count), ("validation_fmse", after / count),
      ("validation_fmse_composite", before / count),
    ]
  }

  private func harmonised(_ batch: HarmonyBatch) -> Tensor {
    withoutGradients {
      component.network.settings(batch.composite, masks: batch.mask)
        .applied(to: batch.composite).result.value
    }
  }

  func samples(_ isStopping: () -> Bool) -> Image? {
    guard let first = cases.first else { return nil }
    var sheet = ContactSheet(
      columns: ["composite", "mask", "harmonised", "real"],
      cellSize: max(first.composite.shape[1], 64))
    let rows = cases.lazy.flatMap { [self] batch in
      let result = harmonised(batch)
      let mask = Variable(batch.mask).repeatedChannel(3).value
      return (0..<result.shape[0]).map { i in
        [batch.composite, mask, result, batch.target].map {
          Image($0.slice(i..<i + 1, axis: 0).affine(2, -1))
        }
      }
    }
    for row in rows.prefix(sampleCount) { sheet.addRow(row) }
    return sheet.image()
  }

  func writeFrame(to folder: String) {}

  func configuration(_ component: ComponentName) -> [String: JSONValue] {
    self.component.network.configuration.json
  }
}

extension HarmonyBatch {
  /// The mean over the objects' pixels and channels of the squared error of pictures, in steps of 8 bits.
  fileprivate func objectError(_ pictures: Tensor) -> Double {
    let inside = Variable(mask).repeatedChannel(3).value
    let difference = (pictures - target) * inside
    return 255 * 255 * difference.sumOfSquares() / max(3 * mask.sum(), 1)
  }
}
