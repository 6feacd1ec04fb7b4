import Autograd
import Datasets
import Models
import Pictures
import Support

/// What a run teaches: the networks, the loss, and how progress is shown.
public protocol Objective: AnyObject {
  associatedtype Producer: ItemProducer

  /// What is trained on.
  var source: BatchSource<Producer> { get }

  /// The networks that are trained, with the parameters that change.
  var trained: [TrainedComponent] { get }

  /// The loss of one micro-batch.
  ///
  /// - Parameters:
  ///   - batch: from ``source``.
  ///   - draw: number of the micro-batch since the start; random numbers depend on it alone.
  func loss(_ batch: Producer.Batch, draw: Int) throws -> Variable

  /// The same, told the run's averaged weights, for objectives that learn from them.
  ///
  /// - Parameters:
  ///   - batch: from ``source``.
  ///   - draw: number of the micro-batch since the start; random numbers depend on it alone.
  ///   - average: nil where the run keeps none.
  func loss(_ batch: Producer.Batch, draw: Int, average: MovingAverage?) throws -> Variable

  /// Takes over what the losses of a step have left beside their gradients, such as running statistics,
  /// once the optimiser has made the step.
  ///
  /// - Parameters:
  ///   - batches: micro-batches of the step, all replicas' together.
  ///   - replica: sums what each of them has found.
  func finishStep(of batches: Int, _ replica: Replica) throws

  /// Losses on fixed pictures, noise and timesteps, by their keys in the log; none where the run is
  /// asked to stop meanwhile.
  func validate(_ isStopping: () -> Bool) throws -> [(name: String, value: Double)]

  /// Pictures of fixed validation cases; nil where there are none or the run is asked to stop.
  func samples(_ isStopping: () -> Bool) throws -> Image?

  /// Writes the model in diffusers' layout; ``trained`` parameters hold what is to be written.
  func writeFrame(to folder: String) throws

  /// `config.json` of a trained component.
  func configuration(_ component: ComponentName) -> [String: JSONValue]

  /// Networks that are not trained but belong to the model.
  var frozen: [(name: ComponentName, parameters: ParameterStore)] { get }
}

extension Objective {
  public func loss(
    _ batch: Producer.Batch, draw: Int, average: MovingAverage?
  ) throws -> Variable {
    try loss(batch, draw: draw)
  }

  public func finishStep(of batches: Int, _ replica: Replica) {}
}

/// A network in training.
public struct TrainedComponent {
  public let name: ComponentName
  public let store: ParameterStore

  public init(name: ComponentName, store: ParameterStore) {
    self.name = name
    self.store = store
  }

  var parameters: [Parameter] { store.parameters.filter(\.isTrainable) }
}
