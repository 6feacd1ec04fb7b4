import Autograd
import Foundation
import Support
import Tensors

/// What replicas must have in common for their gradients to be those of one run.
package struct RankFacts: Codable {
  let host: String
  let version: String
  let processor: String
  let configuration: String
  let checkpoint: String?
  let state: TrainingState
  let dataset: String
  /// Of all weights at the start.
  let weights: String

  init(
    configuration: String, precision: TrainingPrecision, checkpoint: String?, state: TrainingState,
    dataset: String, objective: some Objective
  ) {
    host = HostName.current
    version = Version.current
    processor = Self.processor(precision)
    self.configuration = configuration
    self.checkpoint = checkpoint
    self.state = state
    self.dataset = dataset
    weights = Self.digest(of: objective)
  }

  /// What decides how numbers are rounded.
  private static func processor(_ precision: TrainingPrecision) -> String {
    let names = ["v4": "AVX-512", "v3": "AVX2"]
    let products = ProductEngine.current == .ours ? "" : ", products by OpenBLAS"
    let hasTiles = ProductPrecision.bf16x3.isSupported
    let hasPairs = precision == .mixed && precision.isSupported && !hasTiles
    return (names[instructionSet] ?? instructionSet) + (hasTiles ? ", AMX" : "")
      + (hasPairs ? ", brain floats" : "") + products
  }

  /// Sums of squares tell weights apart at the speed of memory.
  private static func digest(of objective: some Objective) -> String {
    let stores = objective.trained.map(\.store) + objective.frozen.map(\.parameters)
    var hash = SHA256()
    for parameter in stores.flatMap(\.parameters) {
      withUnsafeBytes(of: parameter.value.sumOfSquares().bitPattern) { hash.update($0) }
    }
    return String(hash.hexadecimal().prefix(16))
  }

  /// - Parameters:
  ///   - all: of the ranks, in order.
  ///   - allowsMixedProcessors: of processors that round differently.
  /// - Throws: ``RankDifference`` for the first rank that differs from rank 0.
  package static func requireAgreement(
    _ all: [RankFacts], allowing allowsMixedProcessors: Bool
  ) throws(RankDifference) {
    guard let first = all.first else { return }
    for (rank, facts) in all.enumerated() {
      guard let (what, own, other) = facts.difference(from: first, allowsMixedProcessors)
      else { continue }
      throw RankDifference(
        rank: rank, host: facts.host, what: what, found: own, expected: other,
        expectedHost: first.host)
    }
  }

  private func difference(
    from first: RankFacts, _ allowsMixedProcessors: Bool
  ) -> (RankDifference.What, own: String, other: String)? {
    if version != first.version { return (.version, version, first.version) }
    if processor != first.processor, !allowsMixedProcessors {
      return (.processor, processor, first.processor)
    }
    if configuration != first.configuration {
      let (own, other) = Self.firstDifference(configuration, first.configuration)
      return (.configuration, own, other)
    }
    if checkpoint != first.checkpoint || state.step != first.state.step {
      return (.checkpoint, checkpoint ?? "none", first.checkpoint ?? "none")
    }
    if dataset != first.dataset { return (.dataset, dataset, first.dataset) }
    // Sums, and what is measured or drawn, have other bits on another processor.
    if processor == first.processor, weights != first.weights || state != first.state {
      return (.weights, weights, first.weights)
    }
    return nil
  }

  /// The first lines in which two texts differ.
  private static func firstDifference(_ a: String, _ b: String) -> (String, String) {
    let (a, b) = (a.split(separator: "\n"), b.split(separator: "\n"))
    let place = zip(a, b).prefix { $0 == $1 }.count
    func line(_ lines: [Substring]) -> String {
      place < lines.count ? lines[place].trimmingCharacters(in: .whitespaces) : "nothing"
    }
    return (line(a), line(b))
  }
}

/// A rank that has something else than the first one.
public struct RankDifference: Error, Equatable, SettingMessage {
  public enum What: String, Sendable {
    case version
    case processor = "processor"
    case configuration
    case checkpoint
    case dataset = "data set"
    case weights
  }

  public let rank: Int
  public let host: String
  public let what: What
  public let found: String
  public let expected: String
  public let expectedHost: String

  public func text(naming name: (String) -> String) -> String {
    "rank \(rank) (\(host)) has another \(what.rawValue) than rank 0 (\(expectedHost)): "
      + "\(found.shortened) instead of \(expected.shortened); \(advice(name))"
  }

  private func advice(_ name: (String) -> String) -> String {
    switch what {
    case .version: "start the same build on every machine"
    case .processor:
      "its results differ in their last bits. Take machines of one kind, have all compute as the least of "
        + "them (PBE_CPU=v3), or allow it with \(name("allow-mixed-processors")), for a run that no "
        + "other will repeat bit for bit"
    case .configuration: "give every rank the same files and overrides"
    case .checkpoint: "the run's directory must be the same one for all, on a shared file system"
    case .dataset: "give every rank the same index or manifest"
    case .weights: "give every rank the same files under `initialize`"
    }
  }
}
