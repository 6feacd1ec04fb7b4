import Autograd
import Datasets
import Models
import Pictures
import Support
import Tensors
import Training

/// Draws one weight to zero; the loss is multiplied by a factor that depends on the draw.
final class ToyObjective: Objective {
  typealias Producer = Nothing

  let source: BatchSource<Nothing>
  private let store = ParameterStore(seed: 1)
  private let weight: Parameter
  private let factor: (Int) -> Float

  init(factor: @escaping (Int) -> Float) throws {
    source = try BatchSource(Nothing(), count: 5, batchSize: 1, seed: 1) { _ in
      DatasetRecord(image: "")
    }
    weight = store.root.parameter("weight", [4], .uniform(bound: 1))
    self.factor = factor
  }

  func train(in folder: String) throws -> TrainingOutcome {
    var configuration = TrainingConfiguration()
    configuration.duration.maxSteps = 8
    configuration.checkpoint.every = 3
    configuration.checkpoint.keepLast = 1
    configuration.checkpoint.keepEvery = nil
    configuration.data.workers = 0
    let run = RunDirectory(folder)
    try run.create()
    return try Trainer(self, configuration, run).train()
  }

  var trained: [TrainedComponent] { [TrainedComponent(name: .unet, store: store)] }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] { [] }

  func loss(_ batch: Tensor, draw: Int) -> Variable {
    weight.variable.meanSquaredError(Variable(Tensor(zeros: [4]))).scaled(by: factor(draw))
  }

  func validate(_ isStopping: () -> Bool) -> [(name: String, value: Double)] { [] }
  func samples(_ isStopping: () -> Bool) -> Image? { nil }
  func writeFrame(to folder: String) {}
  func configuration(_ component: ComponentName) -> [String: JSONValue] { [:] }
}

struct Nothing: ItemProducer {
  struct Fields: Sendable {
    let zero: BatchField
  }

  func fields(count: Int) -> Fields { Fields(zero: BatchField([1], count: count)) }

  func produce(
    _ record: DatasetRecord, using random: inout RandomStream, into item: ItemBuffers<Fields>
  ) { item.zero[0] = 0 }

  func batch(_ fields: Fields) -> Tensor { fields.zero.tensor }
}
