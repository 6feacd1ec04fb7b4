import Foundation
import Support

/// The encoders and yardsticks of the metrics that compare features, checked against one another.
public struct FeatureInputs: Sendable {
  public let clip: (any RegionEncoder)?
  public let inception: (any FeatureEncoder)?
  public let reference: ReferenceStatistics?
  public let mixture: StoredMixture?
  public let selection: MetricSelection
  /// Whether to take features that no metric of the selection uses, too.
  public let takesAllFeatures: Bool

  /// No features at all.
  public static let none = FeatureInputs(selection: .withoutWeights)

  private init(selection: MetricSelection) {
    (clip, inception, reference, mixture, takesAllFeatures) = (nil, nil, nil, nil, false)
    self.selection = selection
  }

  /// - Parameters:
  ///   - requested: Nil for every metric that the rest suffices for.
  ///   - takesAllFeatures: Encodes with every encoder given, for those who save features.
  /// - Throws: ``MetricSelectionError``; ``MetricInputError`` when statistics or mixture are of
  ///   another encoder.
  public init(
    clip: (any RegionEncoder)?, inception: (any FeatureEncoder)?, reference: ReferenceStatistics?,
    mixture: StoredMixture?, requested: [MetricName]? = nil, takesAllFeatures: Bool = false
  ) throws {
    self.clip = clip
    self.inception = inception
    self.reference = reference
    self.mixture = mixture
    self.takesAllFeatures = takesAllFeatures
    selection = try MetricSelection(
      requested: requested,
      inputs: MetricInputs(
        hasCLIP: clip != nil, hasInception: inception != nil,
        statistics: reference.map { Set($0.sections.keys) }, hasMixture: mixture != nil))
    for (space, encoder) in allEncoders {
      guard let section = reference?.sections[space] else { continue }
      try Self.check(section.encoder, against: encoder, "--reference-statistics")
    }
    if let mixture, let clip {
      if let encoder = mixture.encoder { try Self.check(encoder, against: clip, "--gmm") }
      guard mixture.mixture.dimension == clip.dimension else {
        throw MetricInputError.otherDimension(
          file: "--gmm", found: mixture.mixture.dimension, given: clip.dimension)
      }
    }
  }

  private static func check(
    _ found: EncoderIdentity, against encoder: any FeatureEncoder, _ file: String
  ) throws {
    let given = EncoderIdentity(encoder)
    guard found != given else { return }
    let isSameKind = found.identifier == given.identifier
    throw MetricInputError.otherEncoder(
      file: file, found: isSameKind ? "other weights, \(found.hash.prefix(12))" : found.identifier,
      given: isSameKind ? "\(given.hash.prefix(12))" : given.identifier)
  }

  private var allEncoders: [FeatureSpace: any FeatureEncoder] {
    var result: [FeatureSpace: any FeatureEncoder] = [:]
    result[.clip] = clip
    result[.inception] = inception
    return result
  }

  /// The encoders that whole results go through.
  var encoders: [FeatureSpace: any FeatureEncoder] {
    allEncoders.filter { takesAllFeatures || spaces.contains($0.key) }
  }

  /// What the selection compares whole results in.
  private var spaces: Set<FeatureSpace> {
    var result: Set<FeatureSpace> = []
    if selection.contains(.clipFID) || selection.contains(.qualityScore) { result.insert(.clip) }
    if selection.contains(.inceptionFID) { result.insert(.inception) }
    if selection.contains(.kid) { result.insert(kidSpace) }
    return result
  }

  /// Whether there is anything to encode.
  var needsEncoding: Bool { !encoders.isEmpty || selection.contains(.clipScore) }

  /// The features that the kernel distance compares.
  var kidSpace: FeatureSpace { inception == nil ? .clip : .inception }
}
