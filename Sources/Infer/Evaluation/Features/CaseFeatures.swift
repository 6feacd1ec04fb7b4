import Console
import Datasets
import Foundation
import Tensors

/// What encoders see in the result of one case.
struct CaseFeatures: Sendable {
  /// Of the whole result.
  var whole: [FeatureSpace: [Float]] = [:]
  /// Of the result inside the mask's box and of the reference; nil when the official score has no
  /// box.
  var pair: (result: [Float], reference: [Float])?

  /// Reads and encodes a case that has been scored.
  init(_ benchCase: BenchCase, results: URL, _ inputs: FeatureInputs) throws {
    let file = ResultStore.picture(of: benchCase.identifier, in: results)
    let result = try BenchPicture.read(file).image
    for (space, encoder) in inputs.encoders {
      whole[space] = try encoder.features([result]).values
    }
    if let clip = inputs.clip, inputs.selection.contains(.clipScore) {
      pair = try Self.pair(benchCase, result, clip)
    }
  }

  private static func pair(
    _ benchCase: BenchCase, _ result: Image, _ clip: any RegionEncoder
  ) throws -> (result: [Float], reference: [Float])? {
    // Nearest, so that 255 stays 255; the official results and masks are of one size.
    let mask = try ImageFile.readGray(benchCase.mask.relativePath)
      .resized(width: result.width, height: result.height, filter: .nearest)
    guard let box = mask.clipScoreBox else { return nil }
    let reference = try BenchPicture.read(benchCase.reference).image
    return (
      try clip.clipScoreFeatures(results: [(picture: result, box: box)]).values,
      try clip.clipScoreFeatures(references: [reference]).values
    )
  }
}

/// The features of a run's results, in the bench's order.
struct RunFeatures {
  /// Of the cases that could be encoded.
  let identifiers: [String]
  let cases: [CaseFeatures]
  /// Why others could not be encoded, or have no CLIP score.
  let problems: [Problem]

  /// Encodes the cases, each on one thread.
  ///
  /// - Throws: The first problem, when no case can be encoded.
  init(_ cases: [BenchCase], results: URL, _ inputs: FeatureInputs) throws {
    let progress = ProgressBar("encoding", total: cases.count, unit: "case")
    let outcomes = parallelMap(cases.count) { index in
      let outcome = Result { try CaseFeatures(cases[index], results: results, inputs) }
      progress.advance()
      return outcome
    }
    progress.finish()
    var found: [(String, CaseFeatures)] = []
    var problems: [Problem] = []
    for (benchCase, outcome) in zip(cases, outcomes) {
      let identifier = benchCase.identifier
      switch outcome {
      case .success(let features):
        found.append((identifier, features))
        if features.pair == nil, inputs.selection.contains(.clipScore) {
          problems.append(
            Problem(
              id: identifier,
              problem: "no CLIP score: the mask's pixels of exactly 255 span no box"))
        }
      case .failure(let error):
        problems.append(Problem(id: identifier, problem: "no features: \(error)"))
      }
    }
    if found.isEmpty, case .failure(let error)? = outcomes.first { throw error }
    identifiers = found.map(\.0)
    self.cases = found.map(\.1)
    self.problems = problems
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
