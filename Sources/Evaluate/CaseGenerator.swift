import Inference
import Models
import Pictures

/// Makes the results of a bench's cases: the sampling pipeline, or a baseline.
public protocol CaseGenerator {
  /// What makes the pictures, complete enough that equal settings make equal pictures.
  var settings: GenerationSettings { get }

  /// The network's picture for a case: no crop to the mask, no paste-back, at the model's size.
  ///
  /// - Parameter seed: The only source of randomness.
  func generate(case benchCase: BenchCase, seed: UInt64) throws -> Image

  /// The pictures of several cases, each the same as if made alone.
  ///
  /// Override it where cases can share the work; the default makes one after the other.
  func generate(cases: [BenchCase], seeds: [UInt64]) throws -> [Image]

  /// Makes trial pictures of `cases`, a batch, to learn how long `total` cases will take; nil when
  /// these are too few for it to be worth the time.
  func trial(of cases: [BenchCase], total: Int) throws -> GenerationTrial?
}

extension CaseGenerator {
  public func generate(cases: [BenchCase], seeds: [UInt64]) throws -> [Image] {
    try zip(cases, seeds).map { try generate(case: $0, seed: $1) }
  }
}

/// Which picture a case is repainted after.
public enum ReferenceChoice: String, Codable, Sendable {
  /// The bench's reference.
  case own
  /// The crop of the object that was there (`True_3500`).
  case truth = "true"
  /// None: the learnt null condition.
  case null
}

/// Everything that decides what a bench's results look like.
public struct GenerationSettings: Codable, Sendable, Equatable {
  /// The model's folder, as given.
  public var model: String
  /// SHA-256 over the model's files.
  public var modelHash: String
  public var sampler: Sampler
  public var steps: Int
  public var scale: Float
  /// Seed of the first case; case i has `seed + i`.
  public var seed: UInt64
  public var weights: WeightChoice
  public var reference: ReferenceChoice
  /// Whose conventions are followed; nil for our own.
  public var compat: ReferenceImplementation?
  /// What filled the holes in place of a model, to which all else here belongs.
  public private(set) var baseline: Baseline?

  public init(baseline: Baseline) {
    self.init(
      model: baseline.rawValue, modelHash: "", sampler: .plms, steps: 1, scale: 1, seed: 0,
      weights: .averaged,
      reference: .own)
    self.baseline = baseline
  }

  public init(
    model: String, modelHash: String, sampler: Sampler, steps: Int, scale: Float, seed: UInt64,
    weights: WeightChoice, reference: ReferenceChoice, compat: ReferenceImplementation? = nil
  ) {
    self.model = model
    self.modelHash = modelHash
    self.sampler = sampler
    self.steps = steps
    self.scale = scale
    self.seed = seed
    self.weights = weights
    self.reference = reference
    self.compat = compat
  }

  enum CodingKeys: String, CodingKey {
    case baseline, model, sampler, steps, scale, seed, weights, reference, compat
    case modelHash = "model_hash"
    case baselineProcedure = "baseline_procedure"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let baseline = try container.decodeIfPresent(Baseline.self, forKey: .baseline) {
      self.init(baseline: baseline)
      return
    }
    self.init(
      model: try container.decode(String.self, forKey: .model),
      modelHash: try container.decode(String.self, forKey: .modelHash),
      sampler: try container.decode(Sampler.self, forKey: .sampler),
      steps: try container.decode(Int.self, forKey: .steps),
      scale: try container.decode(Float.self, forKey: .scale),
      seed: try container.decode(UInt64.self, forKey: .seed),
      weights: try container.decode(WeightChoice.self, forKey: .weights),
      reference: try container.decode(ReferenceChoice.self, forKey: .reference),
      compat: try container.decodeIfPresent(ReferenceImplementation.self, forKey: .compat))
  }

  /// Of a baseline only its name and what it does: it has no sampler, steps or scale.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if let baseline {
      try container.encode(baseline, forKey: .baseline)
      try container.encode(baseline.procedure, forKey: .baselineProcedure)
      return
    }
    try container.encode(model, forKey: .model)
    try container.encode(modelHash, forKey: .modelHash)
    try container.encode(sampler, forKey: .sampler)
    try container.encode(steps, forKey: .steps)
    try container.encode(scale, forKey: .scale)
    try container.encode(seed, forKey: .seed)
    try container.encode(weights, forKey: .weights)
    try container.encode(reference, forKey: .reference)
    try container.encodeIfPresent(compat, forKey: .compat)
  }

  private var maker: String { baseline.map { "the baseline \($0.rawValue)" } ?? "a model" }

  private var compatName: String { compat?.rawValue ?? "none" }

  /// Where these settings make other pictures than `other`, in words. A model that was moved is
  /// still the same.
  func differences(from other: GenerationSettings) -> [String] {
    func compare<Value: Equatable>(_ name: String, _ path: KeyPath<Self, Value>) -> String? {
      let (found, wanted) = (other[keyPath: path], self[keyPath: path])
      return found == wanted ? nil : "\(name): \(found) there, \(wanted) now"
    }
    guard baseline == other.baseline else {
      return ["made by \(other.maker) there, by \(maker) now"]
    }
    let model = other.modelHash == modelHash ? nil : "model: other weights in \(other.model)"
    return [
      model, compare("sampler", \.sampler.rawValue), compare("steps", \.steps),
      compare("scale", \.scale),
      compare("seed", \.seed), compare("weights", \.weights.rawValue),
      compare("reference", \.reference.rawValue), compare("compat", \.compatName),
    ].compactMap { $0 }
  }
}

extension Sampler: Codable {}
extension WeightChoice: Codable {}
