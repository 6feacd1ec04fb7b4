import Autograd
import Models
import Support
import Tensors

/// Everything that a training step changes: weights, the optimiser's moments, averaged weights.
struct Learner {
  let components: [TrainedComponent]
  let parameters: [Parameter]
  private(set) var optimizer: AdamW
  private(set) var average: MovingAverage?
  private let clip: Double?
  /// `unet/conv_in.weight`: how the optimiser's state is named.
  private let names: [String]

  init(_ components: [TrainedComponent], _ settings: OptimizerConfiguration) {
    self.components = components
    let parameters = components.flatMap(\.parameters)
    self.parameters = parameters
    names = components.flatMap { component in
      component.parameters.map { "\(component.name.rawValue)/\($0.name)" }
    }
    optimizer = AdamW(
      parameters, betas: (settings.betas[0], settings.betas[1]), epsilon: settings.epsilon,
      weightDecay: settings.weightDecay)
    average = settings.averageDecay.map { MovingAverage(parameters, decay: $0) }
    clip = settings.gradientClip
  }

  mutating func step(_ gradients: GradientAccumulator, norm: Double, learningRate: Double) {
    optimizer.step(
      gradients.gradients, learningRate: learningRate,
      scale: clippingScale(norm: norm, limit: clip))
    average?.update()
  }

  /// Runs `body` with the averaged weights, where there are such.
  func withAverage<Result>(_ body: () throws -> Result) rethrows -> Result {
    try average?.applied(body) ?? body()
  }

  /// Refuses what is too large before the system ends the process for it.
  ///
  /// - Throws: ``RunError/tooLarge(needed:available:)`` when weights, gradients, moments and
  ///   averages, and a batch's pictures at three moments of their preparation, alone take more memory
  ///   than there is. What the networks make of them is not known beforehand.
  static func requireMemory(
    for components: [TrainedComponent], _ configuration: TrainingConfiguration
  ) throws {
    let copies = configuration.optimizer.averageDecay == nil ? 4 : 5
    let count = components.flatMap(\.parameters).reduce(0) { $0 + $1.count }
    let size = configuration.data.train.triplets.imageSize
    let pictures = configuration.data.batchSize * size * size * 3
    let needed = (count * copies + 3 * pictures) * MemoryLayout<Float>.stride
    if let available = AvailableMemory.bytes, needed > available {
      throw RunError.tooLarge(needed: needed, available: available)
    }
  }

  /// What is not finite, by name.
  var broken: [String] {
    func broken(_ tensors: [Tensor], _ kind: String) -> [String] {
      zip(names, tensors).filter { !$0.1.isFinite }.map { "\(kind)\($0.0)" }
    }
    return broken(parameters.map(\.value), "")
      + broken(optimizer.firstMoments, "first moment of ")
      + broken(optimizer.secondMoments, "second moment of ")
      + broken(average?.values ?? [], "average of ")
  }
}

extension Learner {
  private static let moments = "optimizer.safetensors"

  /// Writes the optimiser's moments into a checkpoint's folder; there are none before a first step.
  func writeMoments(to folder: String) throws {
    guard optimizer.stepCount > 0 else { return }
    var tensors: [String: Tensor] = [:]
    for (i, name) in names.enumerated() {
      tensors["exp_avg/\(name)"] = optimizer.firstMoments[i]
      tensors["exp_avg_sq/\(name)"] = optimizer.secondMoments[i]
    }
    try Safetensors.write(tensors, to: "\(folder)/\(Self.moments)")
  }

  /// Takes moments and averages from a checkpoint, whose weights the networks have already.
  ///
  /// - Throws: whatever is wrong with its files.
  mutating func restore(from folder: String, _ state: TrainingState) throws {
    guard state.step > 0 else { return }
    let file = try Safetensors("\(folder)/\(Self.moments)")
    let expected = zip(names, parameters).flatMap { name, parameter in
      ["exp_avg/\(name)", "exp_avg_sq/\(name)"].map { (name: $0, shape: parameter.shape) }
    }
    let mismatch = WeightMismatch(expected: expected, found: file.entries.mapValues(\.shape))
    try Self.require(mismatch, file.path, "the optimiser")
    optimizer.firstMoments = try names.map { try file.tensor("exp_avg/\($0)") }
    optimizer.secondMoments = try names.map { try file.tensor("exp_avg_sq/\($0)") }
    optimizer.stepCount = state.step
    try restoreAverage(from: folder, updates: state.averageUpdates)
  }

  private mutating func restoreAverage(from folder: String, updates: Int) throws {
    guard average != nil, updates > 0 else { return }
    var values: [Tensor] = []
    for component in components {
      let file = ModelFolder.weightsFile(component.name, averaged: true, in: folder)
      let weights = try Safetensors(file).tensors()
      let mismatch = WeightMismatch(
        expected: component.store.parameters.map { ($0.name, $0.shape) },
        found: weights.mapValues(\.shape))
      try Self.require(mismatch, file, component.name.rawValue)
      values += component.parameters.compactMap { weights[$0.name] }
    }
    average?.values = values
    average?.updates = updates
  }

  private static func require(
    _ mismatch: WeightMismatch, _ file: String, _ component: String
  ) throws {
    guard !mismatch.isEmpty else { return }
    throw ModelFolderError.mismatch([
      MisfitWeights(file: file, component: component, mismatch: mismatch)
    ])
  }
}
