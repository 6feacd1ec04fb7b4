import Tensors

/// What is encoded of a case.
public enum FeatureKind: Sendable, Hashable {
  /// The whole result.
  case whole(FeatureSpace)
  /// The result inside the mask's box, then the reference, by CLIP.
  case regions
}

/// What encoders see in the result of one case.
public struct CaseFeatures: Sendable {
  /// Of the whole result.
  public internal(set) var whole: [FeatureSpace: [Float]] = [:]
  /// Of the result inside the mask's box and of the reference; nil when the official score has no
  /// box.
  public internal(set) var regions: (result: [Float], reference: [Float])?

  mutating func set(_ features: [Float], _ kind: FeatureKind) {
    switch kind {
    case .whole(let space): whole[space] = features
    case .regions:
      let half = features.count / 2
      regions = (Array(features[..<half]), Array(features[half...]))
    }
  }
}

/// The features of a run's results, in the bench's order.
public struct RunFeatures: Sendable {
  /// Of the cases that could be encoded.
  public let identifiers: [String]
  public let cases: [CaseFeatures]
  public let inputs: MetricInputs

  /// - Shape: `[N, D]`; nil when these features were not taken.
  public func matrix(_ space: FeatureSpace) -> Matrix? {
    let rows = cases.compactMap { $0.whole[space] }
    guard let columns = rows.first?.count, rows.count == cases.count else { return nil }
    return Matrix(rows: rows.count, columns: columns, values: rows.joined().map(Double.init))
  }
}
