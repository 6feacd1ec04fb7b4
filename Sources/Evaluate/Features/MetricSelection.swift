/// The metrics by the names that `--metrics` and `metrics.json` use.
public enum MetricName: String, CaseIterable, Codable, Sendable {
  case clipFID = "clip_fid"
  case inceptionFID = "inception_fid"
  case kid
  case qualityScore = "quality_score"
  case clipScore = "clip_score"
  case background
  case referenceSimilarity = "reference_similarity"
}

/// What metrics can be computed from.
public struct MetricInputs: Sendable, Equatable {
  public var hasCLIP: Bool
  public var hasInception: Bool
  /// The encoders that reference statistics are given for; nil without such statistics.
  public var statistics: Set<FeatureSpace>?
  public var hasMixture: Bool

  public init(
    hasCLIP: Bool = false, hasInception: Bool = false, statistics: Set<FeatureSpace>? = nil,
    hasMixture: Bool = false
  ) {
    self.hasCLIP = hasCLIP
    self.hasInception = hasInception
    self.statistics = statistics
    self.hasMixture = hasMixture
  }

  /// The features that the kernel distance compares: Inception's where there are such.
  public var kidSpace: FeatureSpace { hasInception ? .inception : .clip }

  /// The options that a metric still needs.
  func missing(for metric: MetricName) -> [String] {
    let clip = hasCLIP ? [] : ["--clip DIR"]
    let inception = hasInception ? [] : ["--inception FILE"]
    switch metric {
    case .clipFID: return clip + missingStatistics(.clip)
    case .inceptionFID: return inception + missingStatistics(.inception)
    case .kid:
      let encoder = hasCLIP || hasInception ? [] : ["--clip DIR or --inception FILE"]
      return encoder + missingStatistics(kidSpace)
    case .qualityScore: return clip + (hasMixture ? [] : ["--gmm FILE"])
    case .clipScore: return clip
    case .background, .referenceSimilarity: return []
    }
  }

  private func missingStatistics(_ space: FeatureSpace) -> [String] {
    guard let statistics else { return ["--reference-statistics FILE"] }
    return statistics.contains(space)
      ? [] : ["--reference-statistics FILE made with --\(space.rawValue)"]
  }
}

/// Which metrics a run computes.
public struct MetricSelection: Sendable, Equatable {
  /// In the order of ``MetricName``.
  public let names: [MetricName]
  /// The others, if all were wanted: what to pass to have them.
  public let leftOut: [MetricName: String]
  /// The options that would bring all of them, each once.
  let missingOptions: [String]

  /// Everything that needs no weights.
  public static let withoutWeights = MetricSelection(
    names: [.background, .referenceSimilarity], leftOut: [:], missingOptions: [])

  private init(names: [MetricName], leftOut: [MetricName: String], missingOptions: [String]) {
    self.names = names
    self.leftOut = leftOut
    self.missingOptions = missingOptions
  }

  /// - Parameter requested: Nil for every metric that `inputs` suffice for.
  /// - Throws: ``MetricSelectionError`` when a metric that was asked for by name needs more.
  public init(requested: [MetricName]?, inputs: MetricInputs) throws(MetricSelectionError) {
    var names: [MetricName] = []
    var leftOut: [MetricName: String] = [:]
    var options: [String] = []
    for name in MetricName.allCases where requested?.contains(name) ?? true {
      let missing = inputs.missing(for: name)
      if missing.isEmpty {
        names.append(name)
      } else if requested == nil {
        leftOut[name] = "pass \(missing.joined(separator: " and "))"
        options += missing.filter { !options.contains($0) }
      } else {
        throw MetricSelectionError(metric: name, missing: missing)
      }
    }
    // "This or that" is needed only where another metric needs this.
    self.init(
      names: names, leftOut: leftOut, missingOptions: options.filter { !$0.contains(" or ") })
  }

  /// One line on what was left out and what to pass for all of it; nil when nothing was.
  var leftOutRemark: String? {
    guard !leftOut.isEmpty else { return nil }
    let names = MetricName.allCases.filter { leftOut[$0] != nil }.map(\.rawValue)
    return "Left out: \(names.joined(separator: ", ")). For \(names.count == 1 ? "it" : "them") "
      + "pass \(missingOptions.joined(separator: ", "))."
  }

  func contains(_ name: MetricName) -> Bool { names.contains(name) }
}

/// A metric that was asked for without what it needs.
public struct MetricSelectionError: Error, Equatable, CustomStringConvertible {
  public let metric: MetricName
  public let missing: [String]

  public var description: String {
    "the metric \(metric.rawValue) needs \(missing.joined(separator: " and "))"
  }
}

/// What is wrong with the files that metrics rest on.
public enum MetricInputError: Error, Equatable, CustomStringConvertible {
  case notStatistics(file: String, reason: String)
  case otherEncoder(file: String, found: String, given: String)
  case otherDimension(file: String, found: Int, given: Int)

  public var description: String {
    switch self {
    case .notStatistics(let file, let reason):
      "\(file): no reference statistics: \(reason). "
        + "Make them with: pbe-eval statistics --images DIR --clip DIR --output FILE"
    case .otherEncoder(let file, let found, let given):
      "\(file): was made with another encoder (\(found)) than the one given (\(given)): "
        + "their features do not compare. Make it again with the encoder that you use."
    case .otherDimension(let file, let found, let given):
      "\(file): is about features of \(found) dimensions, the encoder's have \(given)"
    }
  }
}
