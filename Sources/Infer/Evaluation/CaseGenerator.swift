import Datasets
import Models

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
    case model, sampler, steps, scale, seed, weights, reference, compat
    case modelHash = "model_hash"
  }

  private var compatName: String { compat?.rawValue ?? "none" }

  /// Where these settings make other pictures than `other`, in words. A model that was moved is
  /// still the same.
  func differences(from other: GenerationSettings) -> [String] {
    func compare<Value: Equatable>(_ name: String, _ path: KeyPath<Self, Value>) -> String? {
      let (found, wanted) = (other[keyPath: path], self[keyPath: path])
      return found == wanted ? nil : "\(name): \(found) there, \(wanted) now"
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
