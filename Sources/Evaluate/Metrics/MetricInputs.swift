import Support

/// What a metric needs to be given.
public enum MetricNeed: Hashable, Sendable, SettingMessage {
  /// The encoder of a kind of features; nil for either.
  case encoder(FeatureSpace?)
  /// Reference statistics of a kind of features; nil for those of the encoder that there is.
  case statistics(FeatureSpace?)
  case mixture

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .encoder(.clip): "\(name("clip")) DIR"
    case .encoder(.inception): "\(name("inception")) FILE"
    case .encoder(nil): "\(name("clip")) DIR or \(name("inception")) FILE"
    case .statistics(nil): "\(name("reference-statistics")) FILE"
    case .statistics(let space?):
      "\(name("reference-statistics")) FILE made with \(name(space.rawValue))"
    case .mixture: "\(name("gmm")) FILE"
    }
  }
}

/// What of all that metrics need is given.
public struct GivenInputs: Sendable, Equatable {
  public var encoders: Set<FeatureSpace>
  /// The features that reference statistics are given for; nil without such statistics.
  public var statistics: Set<FeatureSpace>?
  public var hasMixture: Bool

  public init(
    encoders: Set<FeatureSpace> = [], statistics: Set<FeatureSpace>? = nil,
    hasMixture: Bool = false
  ) {
    self.encoders = encoders
    self.statistics = statistics
    self.hasMixture = hasMixture
  }

  /// The features that a metric of any features takes: Inception's where there are such.
  public var preferredSpace: FeatureSpace { encoders.contains(.inception) ? .inception : .clip }

  /// What is still to be given; `statistics(nil)` where there are no statistics at all.
  func missing(_ needs: [MetricNeed]) -> [MetricNeed] {
    needs.compactMap { need in
      switch need {
      case .encoder(let space?): encoders.contains(space) ? nil : need
      case .encoder(nil): encoders.isEmpty ? need : nil
      case .statistics where statistics == nil: .statistics(nil)
      case .statistics(let space):
        statistics?.contains(space ?? preferredSpace) == true
          ? nil : .statistics(space ?? preferredSpace)
      case .mixture: hasMixture ? nil : need
      }
    }
  }
}

/// The encoders and yardsticks of the metrics that compare features, checked against one another.
public struct MetricInputs: Sendable {
  public let clip: (any RegionEncoder)?
  public let inception: (any FeatureEncoder)?
  public let reference: ReferenceStatistics?
  public let mixture: StoredMixture?
  /// Whether to encode with every encoder given, also where no metric uses the features.
  public let takesAllFeatures: Bool

  public static let none = MetricInputs()

  private init() {
    (clip, inception, reference, mixture, takesAllFeatures) = (nil, nil, nil, nil, false)
  }

  /// - Throws: ``MetricInputError`` when statistics or mixture are of another encoder.
  public init(
    clip: (any RegionEncoder)?, inception: (any FeatureEncoder)? = nil,
    reference: ReferenceStatistics? = nil, mixture: StoredMixture? = nil,
    takesAllFeatures: Bool = false
  ) throws(MetricInputError) {
    self.clip = clip
    self.inception = inception
    self.reference = reference
    self.mixture = mixture
    self.takesAllFeatures = takesAllFeatures
    for (space, encoder) in encoders {
      guard let section = reference?.sections[space] else { continue }
      try Self.check(section.encoder, against: encoder, .statistics(nil))
    }
    if let mixture, let clip {
      if let encoder = mixture.encoder { try Self.check(encoder, against: clip, .mixture) }
      guard mixture.mixture.dimension == clip.dimension else {
        throw MetricInputError(
          input: .mixture,
          problem:
            "is about features of \(mixture.mixture.dimension) dimensions, the encoder's have "
            + "\(clip.dimension)")
      }
    }
  }

  private static func check(
    _ found: EncoderIdentity, against encoder: any FeatureEncoder, _ input: MetricNeed
  ) throws(MetricInputError) {
    let given = EncoderIdentity(encoder)
    guard found != given else { return }
    let isSameKind = found.identifier == given.identifier
    let foundName = isSameKind ? "other weights, \(found.hash.prefix(12))" : found.identifier
    let givenName = isSameKind ? "\(given.hash.prefix(12))" : given.identifier
    throw MetricInputError(
      input: input,
      problem: "was made with another encoder (\(foundName)) than the one given (\(givenName)): "
        + "their features do not compare. Make it again with the encoder that you use.")
  }

  public var encoders: [FeatureSpace: any FeatureEncoder] {
    var result: [FeatureSpace: any FeatureEncoder] = [:]
    result[.clip] = clip
    result[.inception] = inception
    return result
  }

  public var given: GivenInputs {
    GivenInputs(
      encoders: Set(encoders.keys), statistics: reference.map { Set($0.sections.keys) },
      hasMixture: mixture != nil)
  }

  /// What is encoded for a selection: whole results first.
  func kinds(_ selection: MetricSelection) -> [FeatureKind] {
    let used = Set(
      selection.list.featureMetrics.filter(selection.contains).map { $0.features(given) })
    let whole = FeatureSpace.allCases.filter {
      encoders[$0] != nil && (takesAllFeatures || used.contains(.whole($0)))
    }
    return whole.map { .whole($0) } + (used.contains(.regions) ? [.regions] : [])
  }
}

/// What is wrong with one of the files that metrics rest on.
public struct MetricInputError: Error, Equatable, Sendable, SettingMessage {
  public let input: MetricNeed
  public let problem: String

  public func text(naming name: (String) -> String) -> String {
    "\(name(input == .mixture ? "gmm" : "reference-statistics")): \(problem)"
  }
}
