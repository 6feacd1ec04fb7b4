import Inference
import Models

/// Everything that decides what a bench's results look like.
public enum GenerationSettings: Codable, Sendable, Equatable {
  case model(ModelSettings)
  case baseline(BaselineSettings)

  /// What a table calls the method.
  public var name: String {
    switch self {
    case .model(let settings): settings.model
    case .baseline(let settings): settings.name
    }
  }

  /// Nil for a baseline.
  public var model: ModelSettings? {
    if case .model(let settings) = self { settings } else { nil }
  }

  /// For a table: names and values.
  var rows: [(String, String)] {
    switch self {
    case .baseline(let settings): return [("baseline", "\(settings.name): \(settings.procedure)")]
    case .model(let settings):
      return [
        ("model", settings.model), ("weights", settings.weights.rawValue),
        ("reference", settings.reference.rawValue), ("sampler", settings.sampler.rawValue),
        ("steps", "\(settings.steps)"), ("scale", "\(settings.scale)"),
        ("seed", "\(settings.seed) + position in id_list.npy"),
        ("conventions of", settings.compat?.rawValue ?? "pbe"),
      ]
    }
  }

  /// Seed of the first case; case i has `seed + i`.
  var seed: UInt64 { model?.seed ?? 0 }
  var reference: ReferenceChoice { model?.reference ?? .own }

  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: NameKey.self)
    self =
      keys.contains("baseline")
      ? .baseline(try BaselineSettings(from: decoder)) : .model(try ModelSettings(from: decoder))
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .model(let settings): try settings.encode(to: encoder)
    case .baseline(let settings): try settings.encode(to: encoder)
    }
  }

  /// Where these settings make other pictures than `other`, in words that end with `now`. A model that
  /// was moved is still the same.
  func differences(from other: GenerationSettings, now: String = "now") -> [String] {
    if let model, let there = other.model { return model.differences(from: there, now: now) }
    guard model == nil, other.model == nil, name == other.name else {
      return ["made by \(other.maker) there, by \(maker) \(now)"]
    }
    return []
  }

  private var maker: String { model == nil ? "the baseline \(name)" : "a model" }
}

/// What a baseline does. It has no sampler, steps or scale.
public struct BaselineSettings: Codable, Sendable, Equatable {
  public let name: String
  public let procedure: String

  enum CodingKeys: String, CodingKey {
    case name = "baseline"
    case procedure = "baseline_procedure"
  }
}

/// A model and how it samples.
public struct ModelSettings: Codable, Sendable, Equatable {
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

  func differences(from other: ModelSettings, now: String) -> [String] {
    func compare<Value: Equatable>(_ name: String, _ value: (Self) -> Value) -> String? {
      let (found, wanted) = (value(other), value(self))
      return found == wanted ? nil : "\(name): \(found) there, \(wanted) \(now)"
    }
    let model = other.modelHash == modelHash ? nil : "model: other weights in \(other.model)"
    return [
      model, compare("sampler", \.sampler.rawValue), compare("steps", \.steps),
      compare("scale", \.scale), compare("seed", \.seed), compare("weights", \.weights.rawValue),
      compare("reference", \.reference.rawValue),
      compare("compat") { $0.compat?.rawValue ?? "none" },
    ].compactMap { $0 }
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

extension Sampler: Codable {}
extension WeightChoice: Codable {}
