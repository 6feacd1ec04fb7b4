import Foundation
import Pictures
import Support

/// One kind of features of a bench's results, kept between runs.
///
/// A case's features lie under the digest of the encoder and of what it saw: a result that changed
/// is encoded again.
struct FeatureStore {
  let kind: FeatureKind
  let encoder: any FeatureEncoder
  /// Numbers a case.
  let dimension: Int
  private let kept: CaseStore<FeaturePieceFormat>
  private let title: String
  /// The features of a case with this result.
  private let encode: @Sendable (CaseScore, Image) throws -> [Float]

  /// - Returns: Nil without an encoder.
  init?(_ kind: FeatureKind, _ inputs: MetricInputs, in folder: URL) {
    let name: String
    switch kind {
    case .whole(let space):
      guard let encoder = inputs.encoders[space] else { return nil }
      (name, dimension, self.encoder) = (space.rawValue, encoder.dimension, encoder)
      encode = { _, result in try encoder.features([result]).values }
    case .regions:
      guard let encoder = inputs.clip else { return nil }
      (name, dimension, self.encoder) = ("clip_score", 2 * encoder.dimension, encoder)
      encode = { score, result in
        let whole = PixelRectangle(x: 0, y: 0, width: result.width, height: result.height)
        let box = score.measurements.clipScoreBox ?? whole
        let reference = try ImageFile.read(score.benchCase.reference.relativePath)
          .image(on: .reference)
        return try encoder.clipScoreFeatures(results: [(picture: result, box: box)]).values
          + encoder.clipScoreFeatures(references: [reference]).values
      }
    }
    self.kind = kind
    title = "encoding \(name)"
    let identity = Fingerprint.combined([
      (encoder.identifier, encoder.contentHash), ("reading", ImageFile.reading),
    ])
    kept = CaseStore(
      "\(name)-\(identity.prefix(12))", in: folder,
      format: FeaturePieceFormat(dimension: dimension))
  }

  /// The features of the cases that have such, by position in `scores`.
  func features(
    of scores: [CaseScore], results: URL, progress: any ProgressReporter
  ) throws -> [(Int, Result<[Float], any Error>)] {
    let places = scores.indices.filter {
      kind != .regions || scores[$0].measurements.clipScoreBox != nil
    }
    let cases = places.map { (benchCase: scores[$0].benchCase, key: key(scores[$0])) }
    let outcomes = try kept.values(of: cases, title: title, progress: progress) { i in
      let score = scores[places[i]]
      let file = ResultStore.picture(of: score.benchCase.identifier, in: results)
      do {
        return try encode(score, ImageFile.read(file.relativePath).image)
      } catch is StoredEncoder.Unavailable {
        throw MissingFeatures(identifier: score.benchCase.identifier, encoder: encoder.identifier)
      }
    }
    return Array(zip(places, outcomes))
  }

  /// The features of one picture as if it were the case's result, to take the time.
  func trial(_ score: CaseScore, _ result: Image) throws { _ = try encode(score, result) }

  func identifiers(among cases: [BenchCase]) -> Set<String> { kept.identifiers(among: cases) }

  /// Takes over the features that another folder keeps of some cases.
  func adopt(_ cases: [BenchCase], from other: FeatureStore) throws {
    try kept.adopt(cases, from: other.kept)
  }

  private func key(_ score: CaseScore) -> String {
    let seen = [(encoder.identifier, encoder.contentHash), ("result", score.digests.result)]
    let inputs = kind == .regions ? [("mask and reference", score.digests.inputs)] : []
    return Fingerprint.combined(seen + inputs)
  }
}
