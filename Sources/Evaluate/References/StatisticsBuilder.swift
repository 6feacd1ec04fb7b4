import Foundation
import Pictures
import Tensors

/// Makes ``ReferenceStatistics`` of a folder of pictures.
public struct StatisticsBuilder {
  public let output: URL
  /// Where the features of pieces are kept; nil for a folder beside the output that goes when the
  /// output is written.
  public let cache: URL?

  public init(output: URL, cache: URL? = nil) {
    self.output = output
    self.cache = cache
  }

  /// What was done, for the terminal.
  public struct Outcome: Sendable {
    public let count: Int
    public let jpegCount: Int
    /// What is wrong with the pictures that were left out.
    public let problems: [String]
    /// Encoders whose part of an existing file still held.
    public let reused: [FeatureSpace]
  }

  /// Encodes the pictures and writes the file. What an existing file has of the same pictures and
  /// encoder is taken over.
  public func build(
    _ pictures: PictureFolder, encoders: [FeatureSpace: any FeatureEncoder]
  ) throws -> Outcome {
    let kept = unchanged(pictures, encoders)
    let missing = encoders.filter { kept.sections[$0.key] == nil }
    guard !missing.isEmpty else {
      return Outcome(
        count: kept.count, jpegCount: kept.jpegCount, problems: kept.problems,
        reused: encoders.keys.sorted { $0.rawValue < $1.rawValue })
    }
    let folder = cache ?? output.appendingPathExtension("parts")
    var gathered = missing.mapValues { GatheredFeatures(dimension: $0.dimension) }
    let sampled = Self.sampledPositions(of: pictures.files.count)
    var (problems, jpegCount, count) = ([String](), 0, 0)
    try pictures.forEachPiece(encoders: missing, cache: folder) { piece in
      problems += piece.problems
      jpegCount += piece.jpegCount
      count += piece.positions.count
      for (space, features) in piece.features {
        let chosen = piece.positions.indices.filter { sampled.contains(piece.positions[$0]) }
        gathered[space]?.add(features, sampling: chosen)
      }
    }
    var sections = kept.sections
    for (space, encoder) in missing {
      sections[space] = gathered[space].map { $0.section(EncoderIdentity(encoder)) }
    }
    try ReferenceStatistics(
      sections: sections, preparation: Image.referencePreparation, pictures: pictures.hash
    ).write(
      to: output.relativePath,
      notes: [
        "count": "\(count)", "jpeg": "\(jpegCount)", "skipped": problems.joined(separator: "\n"),
      ])
    if cache == nil { try? FileManager.default.removeItem(at: folder) }
    let reused = Array(kept.sections.keys).filter { encoders[$0] != nil }
    return Outcome(count: count, jpegCount: jpegCount, problems: problems, reused: reused)
  }

  /// Which of `count` pictures are in the sample: all, or those of the smallest random numbers.
  private static func sampledPositions(of count: Int) -> Set<Int> {
    guard count > ReferenceStatistics.sampleSize else { return Set(0..<count) }
    let numbers = (0..<count).map { position in
      var random = RandomStream(seed: 0, purpose: "reference sample", index: UInt64(position))
      return random.next()
    }
    let order = (0..<count).sorted { (numbers[$0], $0) < (numbers[$1], $1) }
    return Set(order.prefix(ReferenceStatistics.sampleSize))
  }

  private struct Kept {
    var sections: [FeatureSpace: ReferenceStatistics.Section] = [:]
    var count = 0
    var jpegCount = 0
    var problems: [String] = []
  }

  /// The sections of an existing output that are of the same pictures; those of encoders that are
  /// asked for only if they are of the same encoder.
  private func unchanged(
    _ pictures: PictureFolder, _ encoders: [FeatureSpace: any FeatureEncoder]
  ) -> Kept {
    guard let found = try? ReferenceStatistics(contentsOf: output.relativePath),
      let metadata = try? Safetensors(output.relativePath).metadata,
      found.pictures == pictures.hash, found.preparation == Image.referencePreparation
    else { return Kept() }
    return Kept(
      sections: found.sections.filter { space, section in
        encoders[space].map { EncoderIdentity($0) == section.encoder } ?? true
      },
      count: metadata["count"].flatMap { Int($0) } ?? 0,
      jpegCount: metadata["jpeg"].flatMap { Int($0) } ?? 0,
      problems: (metadata["skipped"] ?? "").split(separator: "\n").map(String.init))
  }
}

/// Statistics and a sample of features that arrive in pieces.
private struct GatheredFeatures {
  private var statistics: FeatureStatistics
  private var sample: [Float] = []

  init(dimension: Int) { statistics = FeatureStatistics(dimension: dimension) }

  mutating func add(_ features: Tensor, sampling rows: [Int]) {
    let dimension = statistics.dimension
    statistics.add(Matrix(features))
    features.withUnsafeBufferPointer { values in
      for row in rows { sample += values[row * dimension..<(row + 1) * dimension] }
    }
  }

  func section(_ encoder: EncoderIdentity) -> ReferenceStatistics.Section {
    let dimension = statistics.dimension
    return ReferenceStatistics.Section(
      encoder: encoder, statistics: statistics,
      sample: Tensor([sample.count / max(dimension, 1), dimension], sample))
  }
}
