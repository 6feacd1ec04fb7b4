import Foundation
import Pictures
import Support
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

  /// Encodes the pictures and writes the file. What an existing file has of the same pictures and
  /// encoder is taken over.
  ///
  /// - Returns: What became of the pictures, and the encoders whose part of an existing file still
  ///   held.
  public func build(
    _ pictures: PictureFolder, encoders: [FeatureSpace: any FeatureEncoder]
  ) throws -> (counts: PictureCounts, reused: [FeatureSpace]) {
    let kept = unchanged(pictures, encoders)
    let missing = encoders.filter { kept.sections[$0.key] == nil }
    let reused = encoders.keys.filter { kept.sections[$0] != nil }
      .sorted { $0.rawValue < $1.rawValue }
    guard !missing.isEmpty else {
      // A process that was killed between the last two things it had to do left them.
      if FileSystem.exists(parts.relativePath) {
        try FolderLock.keep(parts.relativePath, pictures.reporter) {
          FileSystem.remove(parts.relativePath)
        }
      }
      return (kept.counts, reused)
    }
    guard let cache else {
      // Kept to this process: another one's end would remove what is in it.
      try Folder.make(parts.relativePath)
      return try FolderLock.keep(parts.relativePath, pictures.reporter) {
        let counts = try write(pictures, missing, beside: kept.sections, cache: parts)
        FileSystem.remove(parts.relativePath)
        return (counts, reused)
      }
    }
    return (try write(pictures, missing, beside: kept.sections, cache: cache), reused)
  }

  /// Encodes a share of the pictures, as others do theirs; when all have, ``build(_:encoders:)`` finds every
  /// feature and only sums up.
  ///
  /// - Parameters:
  ///   - share: which, from 0 to `count` − 1.
  ///   - count: how many share the pictures.
  ///   - pictures: the same in all.
  ///   - encoders: the same in all.
  public func prepare(
    share: Int, of count: Int, _ pictures: PictureFolder,
    encoders: [FeatureSpace: any FeatureEncoder]
  ) throws {
    let kept = unchanged(pictures, encoders)
    let missing = encoders.filter { kept.sections[$0.key] == nil }
    guard !missing.isEmpty else { return }
    try pictures.encode(share: share, of: count, encoders: missing, cache: cache ?? parts)
  }

  private var parts: URL { output.appendingPathExtension("parts") }

  /// Encodes the pictures and writes the file.
  private func write(
    _ pictures: PictureFolder, _ missing: [FeatureSpace: any FeatureEncoder],
    beside kept: [FeatureSpace: ReferenceStatistics.Section], cache: URL
  ) throws -> PictureCounts {
    var gathered = missing.mapValues { GatheredFeatures(dimension: $0.dimension) }
    let sampled = Self.sampledPositions(of: pictures.files.count)
    let counts = try pictures.forEachPiece(encoders: missing, cache: cache) { piece in
      let chosen = piece.positions.indices.filter { sampled.contains(piece.positions[$0]) }
      for (space, features) in piece.features { gathered[space]?.add(features, sampling: chosen) }
    }
    var sections = kept
    for (space, encoder) in missing {
      sections[space] = gathered[space]?.section(EncoderIdentity(encoder))
    }
    try ReferenceStatistics(
      sections: sections, preparation: pictures.preparation, pictures: pictures.hash
    ).write(
      to: output.relativePath,
      notes: [
        "count": "\(counts.read)", "jpeg": "\(counts.jpeg)",
        "skipped": counts.problems.joined(separator: "\n"), "reading": ImageFile.reading,
        "warnings": counts.warnings.joined(separator: "\n"),
      ].filter { $0.key != "warnings" || !$0.value.isEmpty })
    return counts
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

  /// The sections of an existing output that are of the same pictures; those of encoders that are
  /// asked for only if they are of the same encoder.
  private func unchanged(
    _ pictures: PictureFolder, _ encoders: [FeatureSpace: any FeatureEncoder]
  ) -> (sections: [FeatureSpace: ReferenceStatistics.Section], counts: PictureCounts) {
    guard let found = try? ReferenceStatistics(contentsOf: output.relativePath),
      let metadata = try? Safetensors(output.relativePath).metadata,
      found.pictures == pictures.hash, found.preparation == pictures.preparation,
      metadata["reading"] == ImageFile.reading
    else { return ([:], PictureCounts()) }
    let sections = found.sections.filter { space, section in
      encoders[space].map { EncoderIdentity($0) == section.encoder } ?? true
    }
    func number(_ name: String) -> Int { metadata[name].flatMap { Int($0) } ?? 0 }
    return (
      sections,
      PictureCounts(
        read: number("count"), jpeg: number("jpeg"), problems: metadata["skipped"],
        warnings: metadata["warnings"])
    )
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
