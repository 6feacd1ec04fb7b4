import Models
import Support

/// What an objective is made from: a run's configuration, data and networks.
public struct ObjectiveSetup {
  public let configuration: TrainingConfiguration
  public let data: RunData
  /// Where this replica keeps its caches; made when it is needed.
  public let folder: String
  /// Steps taken before.
  public let step: Int
  /// The checkpoint that the run goes on from; nil at its start.
  public let checkpoint: String?
  /// Factor of latents that was measured, now or at the run's start; kept with its checkpoints.
  public var latentScale: Float?

  /// Builds networks; what is wrong with a checkpoint's files is said to be wrong with it.
  public func networks<Networks>(
    _ build: (inout NetworkBuilder) throws -> Networks
  ) throws -> Networks {
    do {
      var builder = NetworkBuilder(
        configuration: configuration, isResuming: checkpoint != nil)
      let networks = try build(&builder)
      if checkpoint == nil { builder.notes.forEach(data.progress.note) }
      return networks
    } catch {
      throw checkpoint.map { RunError.reading($0, error) } ?? error
    }
  }

  /// Merges a model with what the configuration starts it from, and gives it adapters where these learn in
  /// place of its weights.
  ///
  /// - Parameter inConditioner: whether they may change the conditioner, too.
  func adapters(of model: PaintByExampleModel, inConditioner: Bool) throws -> ModelAdapters? {
    if checkpoint == nil {
      let sources = configuration.initialize.adapters.compactMap { AdapterSource($0) }
      try model.merge(sources).forEach(data.progress.note)
    }
    guard let settings = configuration.diffusion.adapters else { return nil }
    let adapters = try ModelAdapters(
      of: model, settings, inConditioner: inConditioner,
      views: configuration.data.train.triplets.mostViews, seed: configuration.seed)
    guard let checkpoint else {
      adapters.notes.forEach(data.progress.note)
      return adapters
    }
    do {
      try ModelFolder(at: checkpoint).load(.adapters, into: adapters.parameters)
    } catch {
      throw RunError.reading(checkpoint, error)
    }
    return adapters
  }
}
