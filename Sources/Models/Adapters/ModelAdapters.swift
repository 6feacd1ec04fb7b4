import Autograd
import Support

/// What of a model low-rank adapters change.
public struct AdapterSettings: Equatable, Sendable {
  public var rank: Int
  /// Ends of the names of the modules that get one.
  public var targets = Self.transformers
  /// Multiplies the change.
  public var scale = 1.0

  /// The linear maps of every transformer of the UNet, and of what makes tokens of a reference's features.
  public static let transformers = [
    "attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0",
    "attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0",
    "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out",
  ]

  public init(rank: Int) { self.rank = rank }
}

/// Adapters that are trained while the model stays as it is.
public struct ModelAdapters: Sendable {
  /// Named as diffusers' files do: `unet.….lora_A.weight`.
  public let parameters: ParameterStore
  /// What a user should know.
  public let notes: [String]
  private let settings: AdapterSettings
  private let adapted: [(parameter: Parameter, adapter: LowRankAdapter)]

  /// Freezes the model's UNet and conditioner, and gives them adapters that change nothing yet.
  ///
  /// - Parameters:
  ///   - model: is changed.
  ///   - settings: what gets adapters, and of which rank.
  ///   - inConditioner: whether the conditioner may get some, too.
  ///   - views: the most references at once that it trains with.
  ///   - seed: of their random start.
  /// - Throws: ``AdapterError/noTarget(_:suggestion:)``.
  public init(
    of model: PaintByExampleModel, _ settings: AdapterSettings, inConditioner: Bool = true,
    views: Int = 1, seed: UInt64
  ) throws {
    let networks = model.adaptedNetworks(views: views).filter { inConditioner || $0.name == .unet }
    for store in [model.unet.parameters, model.conditioner.parameters] {
      for parameter in store.parameters { parameter.isTrainable = false }
    }
    parameters = ParameterStore(seed: seed)
    self.settings = settings
    try Self.requireTargets(settings.targets, in: networks)
    var (idle, adapted) = (0, [(Parameter, LowRankAdapter)]())
    for network in networks {
      for (module, parameter) in network.weights
      where settings.targets.contains(where: { module.ends(with: $0) }) {
        guard !network.isIdle(module) else {
          idle += 1
          continue
        }
        let adapter = LowRankAdapter(
          parameters.root / network.name.rawValue / module, weight: parameter.shape,
          rank: settings.rank, rate: settings.scale)
        parameter.adapter = adapter
        adapted.append((parameter, adapter))
      }
    }
    self.adapted = adapted
    notes =
      idle == 0
      ? []
      : [
        "\(idle) queries and keys get no adapter: over one token attention does not depend on them"
      ]
  }

  private static func requireTargets(
    _ targets: [String], in networks: [AdaptedNetwork]
  ) throws {
    let modules = networks.flatMap { $0.weights.map(\.module) }
    for target in targets where !modules.contains(where: { $0.ends(with: target) }) {
      let endings = Set(modules.compactMap { $0.split(separator: ".").last.map(String.init) })
      throw AdapterError.noTarget(
        target, suggestion: didYouMean(target, in: AdapterSettings.transformers + endings.sorted()))
    }
  }

  /// Runs `body` with the model as it was before.
  public func without<Result>(_ body: () throws -> Result) rethrows -> Result {
    for (parameter, _) in adapted { parameter.adapter = nil }
    defer { for (parameter, adapter) in adapted { parameter.adapter = adapter } }
    return try body()
  }

  /// As PEFT describes adapters. What multiplies the change is part of B, so that alpha is the rank.
  public var json: [String: JSONValue] {
    [
      "peft_type": .string("LORA"), "r": .integer(settings.rank),
      "lora_alpha": .integer(settings.rank),
      "target_modules": .array(settings.targets.map { .string($0) }),
    ]
  }
}

extension String {
  /// Whether this is a module's name or ends with it, from a dot on.
  fileprivate func ends(with target: String) -> Bool {
    self == target || hasSuffix("." + target)
  }
}
