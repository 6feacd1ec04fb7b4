import Inference
import Models

/// Everything that decides what a bench's results look like.
public enum GenerationSettings: Codable, Sendable, Equatable {
  case model(ModelSettings)
  case baseline(BaselineSettings)
  case method(MethodSettings)

  /// What a table calls the method.
  public var name: String {
    switch self {
    case .model(let settings): settings.model
    case .baseline(let settings): settings.name
    case .method(let settings): settings.record.name
    }
  }

  /// Nil for a baseline and other methods.
  public var model: ModelSettings? {
    if case .model(let settings) = self { settings } else { nil }
  }

  /// For a table: names and values.
  var rows: [(String, String)] {
    switch self {
    case .baseline(let settings): return [("baseline", "\(settings.name): \(settings.procedure)")]
    case .method(let settings): return settings.rows
    case .model(let settings):
      return [("model", settings.model)] + (settings.adapters.map { [("lora", $0)] } ?? []) + [
        ("weights", settings.weights.rawValue),
        ("reference", settings.reference.rawValue), ("sampler", settings.sampler.rawValue),
        ("steps", "\(settings.steps)"), ("scale", "\(settings.scale)"),
        ("seed", "\(settings.seed) + position in id_list.npy"),
        ("conventions of", settings.compat?.rawValue ?? "pbe"),
      ] + (settings.decoder.map { [("decoder", $0)] } ?? [])
    }
  }

  /// Seed of the first case; case i has `seed + i`.
  var seed: UInt64 {
    if case .method(let settings) = self { settings.seed ?? 0 } else { model?.seed ?? 0 }
  }
  /// SHA-256 of the files that make the pictures, by what they are: `model`, `guide`.
  var hashes: [String: String] {
    switch self {
    case .model(let settings): ["model": settings.modelHash]
    case .baseline: [:]
    case .method(let settings): settings.hashes
    }
  }
  var reference: ReferenceChoice { model?.reference ?? .own }

  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: NameKey.self)
    if keys.contains("baseline") {
      self = .baseline(try BaselineSettings(from: decoder))
    } else if keys.contains("method") {
      self = .method(try MethodSettings(from: decoder))
    } else {
      self = .model(try ModelSettings(from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .model(let settings): try settings.encode(to: encoder)
    case .baseline(let settings): try settings.encode(to: encoder)
    case .method(let settings): try settings.encode(to: encoder)
    }
  }

  /// Where these settings make other pictures than `other`, in words that end with `now`. A model that
  /// was moved is still the same.
  func differences(from other: GenerationSettings, now: String = "now") -> [String] {
    if let model, let there = other.model { return model.differences(from: there, now: now) }
    if case .method(let here) = self, case .method(let there) = other,
      here.record.name == there.record.name
    {
      return here.differences(from: there, now: now)
    }
    guard maker == other.maker else {
      return ["made by \(other.maker) there, by \(maker) \(now)"]
    }
    return []
  }

  private var maker: String {
    switch self {
    case .model: "a model"
    case .baseline: "the baseline \(name)"
    case .method: "the method \(name)"
    }
  }
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
  /// What it is merged with, as given; nil for nothing.
  public var adapters: String?
  /// SHA-256 over the model's files, and those of the adapters.
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
  /// The tiny decoder; nil for the autoencoder's own.
  public var decoder: String?

  public init(
    model: String, modelHash: String, sampler: Sampler, steps: Int, scale: Float, seed: UInt64,
    weights: WeightChoice, reference: ReferenceChoice, compat: ReferenceImplementation? = nil,
    decoder: String? = nil
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
    self.decoder = decoder
  }

  enum CodingKeys: String, CodingKey {
    case model, sampler, steps, scale, seed, weights, reference, compat, decoder
    case modelHash = "model_hash"
    case adapters = "lora"
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
      compare("decoder") { $0.decoder ?? "full" },
    ].compactMap { $0 }
  }
}

/// Which picture a case is repainted after.
public enum ReferenceChoice: String, Codable, Sendable {
  /// The bench's reference.
  case own
  /// Its object alone, by the bench's mask (`RefMask_3500`).
  case object
  /// The crop of the object that was there (`True_3500`).
  case truth = "true"
  /// None: the learnt null condition.
  case null
}

extension Sampler: Codable {}
extension WeightChoice: Codable {}
