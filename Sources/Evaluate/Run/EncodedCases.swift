import Foundation
import Support
import Tensors

/// What encoders see in a run's results, and why they don't see all of them.
struct EncodedCases {
  let features: RunFeatures
  let problems: [Problem]

  /// Takes the features that are kept and encodes the rest, each case on one thread.
  ///
  /// - Throws: The first problem, when no case can be encoded; ``MissingFeatures``.
  init(
    _ scores: [CaseScore], results: URL, keptIn stores: [FeatureStore], _ inputs: MetricInputs,
    progress: any ProgressReporter
  ) throws {
    var cases = scores.map { _ in CaseFeatures() }
    var failures: [Int: any Error] = [:]
    for (kind, outcomes) in try stores.map({
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
    features = RunFeatures(
      identifiers: encoded.map { scores[$0].benchCase.identifier },
      cases: encoded.map { cases[$0] }, inputs: inputs)
    let needsRegions = stores.contains { $0.kind == .regions }
    problems = scores.indices.compactMap { i in
      let identifier = scores[i].benchCase.identifier
      if let error = failures[i] {
        return Problem(id: identifier, problem: "no features: \(error)")
      }
      guard needsRegions, cases[i].regions == nil else { return nil }
      return Problem(
        id: identifier, problem: "no CLIP score: the mask's pixels of exactly 255 span no box")
    }
  }
}

extension RunFeatures {
  /// Writes all features, a row a case, and the cases' identifiers as JSON in the metadata.
  ///
  /// - Throws: `FileError`.
  func write(to path: String) throws {
    var tensors: [String: Tensor] = [:]
    var metadata = ["ids": try jsonLine(identifiers)]
    for (space, encoder) in inputs.encoders {
      let rows = cases.compactMap { $0.whole[space] }
      guard rows.count == cases.count else { continue }
      tensors[space.rawValue] = Tensor([rows.count, encoder.dimension], Array(rows.joined()))
      metadata["\(space.rawValue).encoder"] = encoder.identifier
      metadata["\(space.rawValue).hash"] = encoder.contentHash
    }
    let regions = zip(identifiers, cases).compactMap { id, features in
      features.regions.map { (id: id, result: $0.result, reference: $0.reference) }
    }
    if let clip = inputs.clip, !regions.isEmpty {
      let shape = [regions.count, clip.dimension]
      tensors["clip_score.result"] = Tensor(shape, Array(regions.map(\.result).joined()))
      tensors["clip_score.reference"] = Tensor(shape, Array(regions.map(\.reference).joined()))
      metadata["clip_score.ids"] = try jsonLine(regions.map(\.id))
    }
    try Safetensors.write(tensors, to: path, metadata: metadata)
  }
}
