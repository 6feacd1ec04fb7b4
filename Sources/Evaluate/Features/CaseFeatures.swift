import Foundation
import Support
import Tensors

/// What encoders see in the result of one case.
struct CaseFeatures: Sendable {
  /// Of the whole result.
  var whole: [FeatureSpace: [Float]] = [:]
  /// Of the result inside the mask's box and of the reference; nil when the official score has no
  /// box.
  var pair: (result: [Float], reference: [Float])?

  fileprivate mutating func set(_ features: [Float], _ kind: FeatureKind) {
    switch kind {
    case .whole(let space): whole[space] = features
    case .clipScore:
      let half = features.count / 2
      pair = (Array(features[..<half]), Array(features[half...]))
    }
  }
}

/// The features of a run's results, in the bench's order.
struct RunFeatures {
  /// Of the cases that could be encoded.
  let identifiers: [String]
  let cases: [CaseFeatures]
  /// Why others could not be encoded, or have no CLIP score.
  let problems: [Problem]

  /// Takes the features that are kept and encodes the rest, each case on one thread.
  ///
  /// - Parameter folder: Where features are kept.
  /// - Throws: The first problem, when no case can be encoded; ``MissingFeatures``.
  init(
    _ scores: [CaseScore], results: URL, keptIn folder: URL, _ inputs: FeatureInputs,
    progress: any ProgressReporter
  ) throws {
    var cases = scores.map { _ in CaseFeatures() }
    var failures: [Int: any Error] = [:]
    for (kind, outcomes) in try inputs.featureStores(in: folder).map({
      ($0.kind, try $0.features(of: scores, results: results, progress: progress))
    }) {
      for (i, outcome) in outcomes {
        switch outcome {
        case .success(let features): cases[i].set(features, kind)
        case .failure(let error as MissingFeatures): throw error
        case .failure(let error): failures[i] = failures[i] ?? error
        }
      }
    }
    if failures.count == scores.count, let first = failures[0] { throw first }
    let encoded = scores.indices.filter { failures[$0] == nil }
    identifiers = encoded.map { scores[$0].benchCase.identifier }
    self.cases = encoded.map { cases[$0] }
    let needsPairs = inputs.selection.contains(.clipScore)
    problems = scores.indices.compactMap { i in
      let identifier = scores[i].benchCase.identifier
      if let error = failures[i] {
        return Problem(id: identifier, problem: "no features: \(error)")
      }
      guard needsPairs, cases[i].pair == nil else { return nil }
      return Problem(
        id: identifier, problem: "no CLIP score: the mask's pixels of exactly 255 span no box")
    }
  }

  /// - Shape: `[N, D]`; nil when these features were not taken.
  func matrix(_ space: FeatureSpace) -> Matrix? {
    let rows = cases.compactMap { $0.whole[space] }
    guard let columns = rows.first?.count, rows.count == cases.count else { return nil }
    return Matrix(rows: rows.count, columns: columns, values: rows.joined().map(Double.init))
  }

  /// Writes all features, a row a case, and the cases' identifiers as JSON in the metadata.
  ///
  /// - Throws: `FileError`.
  func write(to path: String, _ inputs: FeatureInputs) throws {
    var tensors: [String: Tensor] = [:]
    var metadata = ["ids": try Self.json(identifiers)]
    for (space, encoder) in inputs.encoders {
      let rows = cases.compactMap { $0.whole[space] }
      tensors[space.rawValue] = Tensor([rows.count, encoder.dimension], Array(rows.joined()))
      metadata["\(space.rawValue).encoder"] = encoder.identifier
      metadata["\(space.rawValue).hash"] = encoder.contentHash
    }
    let pairs = zip(identifiers, cases).compactMap { id, features in
      features.pair.map { (id: id, result: $0.result, reference: $0.reference) }
    }
    if let clip = inputs.clip, !pairs.isEmpty {
      let shape = [pairs.count, clip.dimension]
      tensors["clip_score.result"] = Tensor(shape, Array(pairs.map(\.result).joined()))
      tensors["clip_score.reference"] = Tensor(shape, Array(pairs.map(\.reference).joined()))
      metadata["clip_score.ids"] = try Self.json(pairs.map(\.id))
    }
    try Safetensors.write(tensors, to: path, metadata: metadata)
  }

  private static func json(_ values: [String]) throws -> String {
    String(decoding: try JSONEncoder().encode(values), as: UTF8.self)
  }
}
