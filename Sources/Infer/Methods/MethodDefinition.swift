import Models
import Support

/// A method by name: what it needs and how it is made.
public struct MethodDefinition: Sendable {
  public let name: String
  /// What is done, as one would cite it beside the name.
  public let summary: String
  public let needs: Set<MethodNeed>
  /// What it makes use of where it is given.
  public let uses: Set<MethodNeed>
  /// How many pictures of one object it can paint after.
  public let mostReferences: Int
  /// Whether sampler, steps, scale and the like mean anything to it.
  public let samples: Bool
  /// What it does where nobody asks for another implementation's ways.
  public let conventions: Conventions
  /// The only sampler that it knows; nil for all.
  public let sampler: Sampler?
  /// Guidance scale where nobody asks for another; nil for the model's own.
  public let scale: Float?
  private let make: @Sendable (MethodSetup) throws -> any PaintingMethod

  /// - Parameters:
  ///   - name: as commands and results have it.
  ///   - summary: what is done.
  ///   - needs: without which it cannot paint.
  ///   - uses: what else it makes use of where it is given.
  ///   - mostReferences: how many pictures of one object it can paint after.
  ///   - samples: whether it draws from a diffusion model.
  ///   - conventions: where nobody asks for others.
  ///   - sampler: the only one that it knows.
  ///   - scale: of guidance, where nobody asks for another.
  ///   - make: reads its networks; what it needs of the setup is there.
  public init(
    _ name: String, summary: String, needs: Set<MethodNeed>, uses: Set<MethodNeed> = [],
    mostReferences: Int = 1, samples: Bool, conventions: Conventions = Conventions(),
    sampler: Sampler? = nil,
    scale: Float? = nil,
    make: @escaping @Sendable (MethodSetup) throws -> any PaintingMethod
  ) {
    self.name = name
    self.summary = summary
    self.needs = needs
    self.uses = uses
    self.mostReferences = mostReferences
    self.samples = samples
    self.conventions = conventions
    self.sampler = sampler
    self.scale = scale
    self.make = make
  }

  /// Those of this package.
  public static let standard: [MethodDefinition] = [
    MethodDefinition(.copyPaste),
    MethodDefinition(.harmonisedCopyPaste),
    MethodDefinition(.poissonCopyPaste),
    .dccf,
    MethodDefinition(.blurFill, needsReference: false),
    MethodDefinition(.groundTruth, needsReference: false),
    .inpainting,
    .blendedText,
    .blendedImage,
  ]

  /// The method of a name.
  ///
  /// - Throws: ``MethodError/unknown(_:known:)``.
  public static func named(
    _ name: String, in list: [MethodDefinition] = standard
  ) throws -> MethodDefinition {
    guard let found = list.first(where: { $0.name == name }) else {
      throw MethodError.unknown(name, known: list.map(\.name))
    }
    return found
  }

  /// The method, with its networks.
  ///
  /// - Throws: ``MethodError/missing(_:of:)``; what is wrong with the networks' files.
  public func callAsFunction(_ setup: MethodSetup) throws -> any PaintingMethod {
    try check(setup)
    return try make(setup)
  }

  /// Whether the setup has the files that the method needs, before any is read.
  ///
  /// - Throws: ``MethodError/missing(_:of:)``.
  public func check(_ setup: MethodSetup) throws {
    for need in MethodNeed.allCases where needs.contains(need) && setup.lacks(need) {
      throw MethodError.missing(need, of: name)
    }
  }
}

/// What a method cannot paint without.
public enum MethodNeed: String, CaseIterable, Sendable {
  case model
  case guide
  case harmoniser
  case reference
  case referenceMask = "reference-mask"
  case text = "prompt"

  /// For messages.
  var noun: String {
    switch self {
    case .model: "a Stable Diffusion model's folder"
    case .guide: "the CLIP that guides"
    case .harmoniser: "a harmoniser's weights"
    case .reference: "a reference picture"
    case .referenceMask: "a mask of the reference's object"
    case .text: "a text"
    }
  }
}

/// Where a method's networks are and what it is told, whatever picture it paints.
public struct MethodSetup: Sendable {
  /// A model folder.
  public var model: String?
  public var weights = WeightChoice.averaged
  /// What the model is merged with.
  public var adapters: [AdapterSource] = []
  /// A CLIP's folder.
  public var guide: String?
  /// A harmoniser's weights: a state dict, or a run.
  public var harmoniser: String?
  /// Whether every reference has a mask of its object, or none has; nil where that differs or is not known.
  public var cutsOut: Bool?
  /// How Blended Diffusion is guided.
  public var blended = BlendedOptions()

  public init() {}

  fileprivate func lacks(_ need: MethodNeed) -> Bool {
    switch need {
    case .model: model == nil
    case .guide: guide == nil
    case .harmoniser: harmoniser == nil
    case .reference, .referenceMask, .text: false  // a picture's own
    }
  }
}

/// Why a method cannot paint.
public enum MethodError: Error, Equatable, SettingMessage {
  case unknown(_ name: String, known: [String])
  case missing(_ need: MethodNeed, of: String)
  /// What was given and means nothing to the method.
  case unused(_ need: MethodNeed, of: String)
  case severalReferences(_ count: Int, of: String)
  case noNoise(_ method: String)
  /// A model that paints after something else than a text.
  case notOfTexts(_ model: String, method: String, expected: String)
  /// A model that sees more than noisy latents.
  case needsPlainLatents(_ model: String, method: String, channels: Int)
  /// Texts that the guide's tower cannot read.
  case noTokenizer(_ guide: String, reason: String)
  case otherSampler(Sampler, method: String, expected: Sampler)
  case compatOfOthers(ReferenceImplementation)
  /// Options that say nothing to a method.
  case unusedOptions(_ names: [String], of: String)

  public var isUsage: Bool {
    switch self {
    case .notOfTexts, .needsPlainLatents, .noTokenizer: false
    default: true
    }
  }

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .unknown(let found, let known):
      "\(name("method")): there is no '\(found.prefix(60))'\(didYouMean(found, in: known)); methods are "
        + known.joined(separator: ", ")
    case .missing(let need, let method):
      "\(method) needs \(need.noun): give \(name(need.rawValue))"
    case .unused(let need, let method):
      "\(method) does not use \(need.noun): leave \(name(need.rawValue)) out"
    case .severalReferences(let count, let method):
      "\(method) paints after one picture: give \(name("reference")) once, not \(count) times"
    case .noNoise(let method):
      "\(method) starts from no noise: leave \(name("noise")) out"
    case .notOfTexts(let model, let method, let expected):
      "\(model): this model paints after \(expected), but \(method) needs one that paints after a text, "
        + "such as Stable Diffusion's folder with text_encoder/ and tokenizer/"
    case .needsPlainLatents(let model, let method, let channels):
      "\(model): the UNet takes \(channels) channels, but \(method) blends the latents of one that sees "
        + "nothing else, such as Stable Diffusion's of 4"
    case .noTokenizer(let guide, let reason):
      "\(guide): \(reason); put the guide's own vocab.json and merges.txt into its folder"
    case .otherSampler(let found, let method, let expected):
      "\(name("sampler")) \(found.rawValue): \(method) samples with \(expected.rawValue)"
    case .compatOfOthers(let other):
      "\(name("compat")) \(other.rawValue) is about models of texts: give \(name("method")) sd-inpaint "
        + "beside it"
    case .unusedOptions(let options, let method):
      "\(method) has no use for \(options.map(name).joined(separator: ", ")): leave "
        + (options.count == 1 ? "it out" : "them out")
    }
  }
}
