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
  /// How several replicas share the work; nil for one alone.
  private let shards: ParameterShards?
  private let clip: Double?
  /// `unet/conv_in.weight`: how the optimiser's state is named.
  private let names: [String]

  init(
    _ components: [TrainedComponent], _ settings: OptimizerConfiguration, _ replica: Replica
  ) {
    self.components = components
    let parameters = components.flatMap(\.parameters)
    self.parameters = parameters
    names = components.flatMap { component in
      component.parameters.map { "\(component.name.rawValue)/\($0.name)" }
    }
    shards = ParameterShards(parameters, replica)
    optimizer = AdamW(
      parameters, parts: shards?.owned, betas: (settings.betas[0], settings.betas[1]),
      epsilon: settings.epsilon, weightDecay: settings.weightDecay)
    average = settings.averageDecay.map { MovingAverage(parameters, decay: $0) }
    clip = settings.gradientClip
  }

  /// Adds the gradients of all replicas, whose reports these are, to this one's.
  func sum(_ own: inout GradientAccumulator, _ reports: [StepReport]) throws -> StepGradients {
    if let shards { return try shards.sum(&own, absent: reports.absent, loss: reports.loss) }
    return StepGradients(
      loss: reports.loss, parts: own.gradients, norm: own.norm, broken: own.broken)
  }

  /// Gives all replicas the weights of those that will update them, for processors that draw others.
  func shareWeights() throws { try shards?.shareParameters() }

  mutating func step(_ gradients: StepGradients, learningRate: Double) throws {
    optimizer.step(
      gradients.parts, learningRate: learningRate,
      scale: clippingScale(norm: gradients.norm, limit: clip))
    try shards?.shareParameters()
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
    for components: [TrainedComponent], _ configuration: TrainingConfiguration, _ replica: Replica
  ) throws {
    let gradients = BalancedTree.depth(configuration.optimizer.accumulation / replica.count)
    let copies = 1 + gradients + (configuration.optimizer.averageDecay == nil ? 0 : 1)
    let count = components.flatMap(\.parameters).reduce(0) { $0 + $1.count }
    let size = configuration.data.train.triplets.imageSize
    let pictures = configuration.data.batchSize * size * size * 3
    let floats = count * copies + 2 * count / replica.count + 3 * pictures
    let needed = floats * MemoryLayout<Float>.stride * (replica.exchange?.neighbours.count ?? 1)
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

  /// The optimiser's moments as their file names them, in its order; none before a first step.
  private var namedMoments: [(name: String, index: Int, part: Tensor)] {
    guard optimizer.stepCount > 0 else { return [] }
    let all = names.enumerated().flatMap { index, name in
      [
        ("exp_avg/\(name)", index, optimizer.firstMoments[index]),
        ("exp_avg_sq/\(name)", index, optimizer.secondMoments[index]),
      ]
    }
    return all.sorted { $0.0 < $1.0 }
  }

  /// Writes the optimiser's moments into a checkpoint's folder, while all other replicas
  /// ``handOverMoments()``; there are none before a first step.
  func writeMoments(to folder: String) throws {
    let moments = namedMoments
    guard !moments.isEmpty else { return }
    let pending = moments.map { name, index, part in
      Safetensors.Pending(name, parameters[index].shape) { [shards] in
        try shards?.whole(part, of: index) ?? part
      }
    }
    try Safetensors.write(pending, to: "\(folder)/\(Self.moments)")
  }

  /// Gives this replica's part of the moments to the one that writes the files.
  func handOverMoments() throws {
    for (_, index, part) in namedMoments { _ = try shards?.whole(part, of: index) }
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
    optimizer.firstMoments = try moments("exp_avg", in: file)
    optimizer.secondMoments = try moments("exp_avg_sq", in: file)
    optimizer.stepCount = state.step
    try restoreAverage(from: folder, updates: state.averageUpdates)
  }

  /// The parts that are updated here.
  private func moments(_ kind: String, in file: Safetensors) throws -> [Tensor] {
    try names.enumerated().map { index, name in
      let whole = try file.tensor("\(kind)/\(name)")
      let (part, shape) = (optimizer.parts[index], optimizer.shape(ofPart: index))
      guard part.count < whole.count else { return whole }
      return whole.reshaped([whole.count]).slice(part, axis: 0).reshaped(shape)
    }
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
