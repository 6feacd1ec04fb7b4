import Autograd
import Datasets
import Foundation
import Models
import Pictures
import Support
import Tensors

extension ObjectiveDefinition {
  static let imageEncoder = ObjectiveDefinition(
    name: "image-encoder",
    summary: """
      an image encoder alone (classes and drawings of exemplars: a start for small models)
      """,
    pictureUnit: { _ in 1 },
    make: { setup in try ImageEncoderObjective(setup) })
}

/// A small image encoder's stand-in for what CLIP's has learnt from 400 million pictures: of an
/// augmented exemplar its token tells the class and draws the exemplar as it was.
///
/// The diffusion loss alone teaches a random tower colours within minutes, but shapes hardly ever
/// (docs/decisions.md). This asks for both.
final class ImageEncoderObjective: Objective {
  typealias Producer = ExemplarProducer

  /// Pixels deviate by about a half from their mean: so weighted, an empty drawing costs about 1.
  private static let drawingWeight: Float = 4

  let source: BatchSource<ExemplarProducer>
  private let encoder: Component<ImageEncoder>
  private let head: Component<ExemplarHead>
  private let cases: [ExemplarBatch]
  private let sampleCount: Int

  fileprivate init(_ setup: ObjectiveSetup) throws {
    let data = setup.configuration.data
    let classes = setup.data.classNames
    func producer(_ settings: DatasetConfiguration) throws -> ExemplarProducer {
      try ExemplarProducer(
        settings.triplets, classes: classes, drawingSize: ExemplarHead.drawingSize)
    }
    source = try setup.data.batches(producer(data.train))
    (encoder, head) = try setup.networks {
      (try $0.imageEncoder(isTowerTrained: true), try Self.head(classes, setup))
    }
    cases = try setup.data.validationBatches(producer(data.validation))
    sampleCount = setup.configuration.samples.count
  }

  /// At random, or as the run that goes on had it.
  private static func head(
    _ classes: [String], _ setup: ObjectiveSetup
  ) throws -> Component<ExemplarHead> {
    let dimension = setup.configuration.networks.imageEncoder.projectionDimension
    let head = Component(seed: setup.configuration.seed) {
      ExemplarHead($0, dimension: dimension, classes: classes)
    }
    if setup.step > 0, let checkpoint = setup.checkpoint {
      try ModelFolder(at: checkpoint).load(.exemplarHead, into: head.parameters)
    }
    return head
  }

  var trained: [TrainedComponent] {
    [
      TrainedComponent(name: .imageEncoder, store: encoder.parameters),
      TrainedComponent(name: .exemplarHead, store: head.parameters),
    ]
  }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] { [] }

  /// The mean over a condition's tokens: the class token itself, where there is but that one.
  private func token(_ reference: Tensor) -> Variable {
    let tokens = encoder.network(Variable(reference))
    let (samples, count) = (tokens.shape[0], tokens.shape[1])
    guard count > 1 else { return tokens.reshaped([samples, -1]) }
    let share = Variable(Tensor(full: [samples, 1, count], 1 / Float(count)))
    return share.matrixProduct(tokens).reshaped([samples, -1])
  }

  func loss(_ batch: ExemplarBatch, draw: Int) -> Variable {
    let token = token(batch.reference)
    let error = head.network.draw(token).meanSquaredError(Variable(batch.drawing))
      .scaled(by: Self.drawingWeight)
    return head.network.logits(token).map { $0.crossEntropy(batch.labels) + error } ?? error
  }

  /// The drawings' mean squared error and, where there are classes, the share that was told right.
  func validate(_ isStopping: () -> Bool) -> [(name: String, value: Double)] {
    guard !cases.isEmpty else { return [] }
    var (error, right, labelled) = (0.0, 0, 0)
    for batch in cases {
      let answer = answer(batch)
      error += answer.drawing.squaredDistance(to: batch.drawing) / Double(batch.drawing.count)
      for case (let label?, let guess?) in zip(batch.labels, answer.classes) {
        labelled += 1
        right += label == guess ? 1 : 0
      }
    }
    let drawn = ("validation_drawing_mse", error / Double(cases.count))
    return labelled == 0
      ? [drawn] : [drawn, ("validation_accuracy", Double(right) / Double(labelled))]
  }

  private func answer(_ batch: ExemplarBatch) -> (drawing: Tensor, classes: [Int?]) {
    withoutGradients {
      let token = token(batch.reference)
      let drawing = head.network.draw(token).value
      guard let logits = head.network.logits(token)?.value else {
        return (drawing, batch.labels.map { _ in nil })
      }
      let rows = (0..<logits.shape[0]).map { logits.slice($0..<$0 + 1, axis: 0).values }
      return (drawing, rows.map { row in row.indices.max { row[$0] < row[$1] } })
    }
  }

  func samples(_ isStopping: () -> Bool) -> Image? {
    guard !cases.isEmpty else { return nil }
    var sheet = ContactSheet(columns: ["exemplar", "drawn"], cellSize: 64)
    let pairs = cases.lazy.flatMap { [self] batch in
      let drawing = answer(batch).drawing
      return (0..<drawing.shape[0]).map { i in
        [batch.drawing, drawing].map { Image($0.slice(i..<i + 1, axis: 0)) }
      }
    }
    for pair in pairs.prefix(sampleCount) { sheet.addRow(pair) }
    return sheet.image()
  }

  func writeFrame(to folder: String) throws {}

  func configuration(_ component: ComponentName) -> [String: JSONValue] {
    component == .imageEncoder ? encoder.network.configuration.json : head.network.json
  }
}
