import Foundation
import Pictures
import Support
import Tensors

/// A folder of real pictures, cropped as official does and encoded piece by piece.
///
/// The features of each piece are kept in a cache folder under the hash of what they rest on (the
/// pictures' bytes, the encoder, the crop), so that an interrupted run goes on where it stopped and
/// a second one with the same cache computes nothing twice.
public struct PictureFolder {
  public let folder: URL
  /// Picture files directly in the folder, by name.
  public let files: [URL]
  /// What lies in the folder and is no picture that can be read, and why: folders, links that lead
  /// nowhere, files that must not be read.
  public let leftOut: [String]
  /// SHA-256 over the files' contents, in order.
  public let hash: String
  /// Height and width of what is kept of each.
  public let side: Int
  private let digests: [String]
  let reporter: any ProgressReporter

  public static let officialSide = 512

  /// How pictures are prepared; for reports and files.
  var preparation: String {
    "shorter side resized to \(side) (bilinear, antialiased as in Pillow), centre crop of "
      + "\(side)x\(side)"
  }

  /// Pictures encoded and stored at once.
  private static let pieceSize = 64

  /// A run of files with their features, one row a picture that could be read.
  public struct Piece {
    public let features: [FeatureSpace: Tensor]
    /// Places within ``PictureFolder/files``, one a row.
    public let positions: [Int]
    let counts: PictureCounts
  }

  /// Lists the folder and reads every file once, for its hash.
  ///
  /// - Parameters:
  ///   - folder: with pictures, in any order.
  ///   - side: height and width of what is kept of each; the official evaluation's is ``officialSide``.
  ///   - reporter: told how far reading is.
  /// - Throws: ``EvaluationError`` when there is nothing to read.
  public init(
    at folder: URL, side: Int = officialSide, progress reporter: any ProgressReporter = .silent
  ) throws {
    self.folder = folder
    self.side = side
    self.reporter = reporter
    let names: [String]
    do {
      names = try FileSystem.names(in: folder.relativePath)
    } catch {
      throw EvaluationError.reading(folder, error)
    }
    let found = names.sorted().filter { !$0.hasPrefix(".") }.map { folder.appending(path: $0) }
      .filter { isFolder($0) || isPicture($0) }
    let progress = reporter.begin("hashing", total: found.count, unit: "picture")
    let outcomes = try parallelMap(found.count) { index in
      let outcome = Result { try digest(found[index]) }
      try progress.advance()
      if case .failure(let error as FileError) = outcome, case .passing = error { throw error }
      return outcome
    }
    progress.finish()
    let readable = found.indices.filter { (try? outcomes[$0].get()) != nil }
    files = readable.map { found[$0] }
    digests = try readable.map { try outcomes[$0].get() }
    leftOut = outcomes.compactMap { outcome in
      if case .failure(let error) = outcome { "\(error)" } else { nil }
    }
    guard !files.isEmpty else {
      throw found.contains(where: isPicture)
        ? EvaluationError.nothingToScore(
          problems: Array(leftOut.prefix(10)), count: leftOut.count)
        : EvaluationError.noPictures(folder: folder.relativePath)
    }
    hash = Fingerprint.combined(digests.map { ("", $0) })
  }

  /// Calls `body` with every piece in order.
  ///
  /// - Parameters:
  ///   - encoders: What looks at the pictures, by the space of its features.
  ///   - cache: The folder for features, of which those found are not computed again; made when it
  ///     isn't there.
  ///   - body: What it throws ends the work.
  /// - Throws: ``EvaluationError/nothingToScore(problems:count:)`` when no picture could be read;
  ///   what the encoders and `body` throw.
  public func forEachPiece(
    encoders: [FeatureSpace: any FeatureEncoder], cache: URL, _ body: (Piece) throws -> Void
  ) throws -> PictureCounts {
    try Folder.make(cache.relativePath)
    let progress = reporter.begin("encoding", total: files.count, unit: "picture")
    var counts = PictureCounts()
    counts.problems = leftOut
    for range in ranges {
      let stored = stored(range, encoders, cache)
      let piece = try read(stored, range, encoders) ?? encode(range, encoders, storing: stored)
      counts.add(piece.counts)
      try body(piece)
      try progress.advance(by: range.count)
    }
    progress.finish()
    guard counts.read > 0 else {
      throw EvaluationError.nothingToScore(
        problems: Array(counts.problems.prefix(10)), count: counts.problems.count)
    }
    return counts
  }

  /// Encodes some of the pieces into the cache, where others encode the rest.
  ///
  /// - Parameters:
  ///   - share: which, from 0 to `count` − 1.
  ///   - count: how many share the pieces.
  ///   - encoders: as ``forEachPiece(encoders:cache:_:)`` has them.
  ///   - cache: the folder that all share.
  func encode(
    share: Int, of count: Int, encoders: [FeatureSpace: any FeatureEncoder], cache: URL
  ) throws {
    try Folder.make(cache.relativePath)
    let own = ranges.enumerated().filter { $0.offset % count == share }.map(\.element)
    let progress = reporter.begin(
      "encoding", total: own.reduce(0) { $0 + $1.count }, unit: "picture")
    for range in own {
      let stored = stored(range, encoders, cache)
      if read(stored, range, encoders) == nil {
        _ = try encode(range, encoders, storing: stored)
      }
      try progress.advance(by: range.count)
    }
    progress.finish()
  }

  /// The pieces.
  private var ranges: [Range<Int>] {
    stride(from: 0, to: files.count, by: Self.pieceSize).map {
      $0..<min($0 + Self.pieceSize, files.count)
    }
  }

  private func stored(
    _ range: Range<Int>, _ encoders: [FeatureSpace: any FeatureEncoder], _ cache: URL
  ) -> [FeatureSpace: URL] {
    encoders.mapValues { cache.appending(path: "\(key(range, $0)).safetensors") }
  }

  private func encode(
    _ range: Range<Int>, _ encoders: [FeatureSpace: any FeatureEncoder],
    storing stored: [FeatureSpace: URL]
  ) throws -> Piece {
    let outcomes = parallelMap(range.count) { index in
      Result {
        let path = files[range.lowerBound + index].relativePath
        let decoded = try ImageFile.read(path)
        return (
          picture: try decoded.image.croppedForReference(side: side), format: decoded.format,
          warnings: decoded.warnings.about(path)
        )
      }
    }
    for case .failure(let error as ImageError) in outcomes {
      if let failure = error.passing { throw failure }  // never kept as a fault of the picture
    }
    let positions = range.filter { (try? outcomes[$0 - range.lowerBound].get()) != nil }
    let found = outcomes.compactMap { try? $0.get() }
    var counts = PictureCounts()
    counts.read = found.count
    counts.jpeg = found.count { $0.format == .jpeg }
    counts.warnings = found.flatMap(\.warnings).map { "\($0)" }
    for case .failure(let error) in outcomes {
      counts.problems.append("\(error)".replacing("\n", with: " "))
    }
    let places = positions.map { "\($0 - range.lowerBound)" }.joined(separator: ",")
    var features: [FeatureSpace: Tensor] = [:]
    for (space, encoder) in encoders {
      let encoded = try encoder.features(found.map(\.picture))
      features[space] = encoded
      guard let file = stored[space] else { continue }
      try Safetensors.write(
        ["features": encoded], to: file.relativePath,
        metadata: [
          "positions": places, "problems": counts.problems.joined(separator: "\n"),
          "jpeg": "\(counts.jpeg)", "warnings": counts.warnings.joined(separator: "\n"),
        ])
    }
    return Piece(features: features, positions: positions, counts: counts)
  }

  /// The piece from the cache; nil when a part of it isn't there or cannot be used.
  private func read(
    _ stored: [FeatureSpace: URL], _ range: Range<Int>,
    _ encoders: [FeatureSpace: any FeatureEncoder]
  ) -> Piece? {
    var features: [FeatureSpace: Tensor] = [:]
    var metadata: [String: String] = [:]
    for (space, url) in stored {
      guard let file = try? Safetensors(url.relativePath),
        let tensor = try? file.tensor("features"), tensor.rank == 2,
        tensor.shape[1] == encoders[space]?.dimension
      else { return nil }
      features[space] = tensor
      metadata = file.metadata
    }
    let positions = (metadata["positions"] ?? "").split(separator: ",").compactMap { Int($0) }
    guard let jpeg = metadata["jpeg"].flatMap({ Int($0) }),
      features.values.allSatisfy({ $0.shape[0] == positions.count })
    else { return nil }
    return Piece(
      features: features, positions: positions.map { $0 + range.lowerBound },
      counts: PictureCounts(
        read: positions.count, jpeg: jpeg, problems: metadata["problems"],
        warnings: metadata["warnings"]))
  }

  private func key(_ range: Range<Int>, _ encoder: any FeatureEncoder) -> String {
    Fingerprint.combined(
      [
        (encoder.identifier, encoder.contentHash), ("preparation", preparation),
        ("reading", ImageFile.reading),
      ]
        + range.map { (files[$0].lastPathComponent, digests[$0]) })
  }
}

private func isPicture(_ file: URL) -> Bool {
  ImageFormat.isPicture(named: file.lastPathComponent)
}

private func isFolder(_ file: URL) -> Bool { FileSystem.isFolder(file.relativePath) }

/// The digest of a picture's file.
///
/// - Throws: `FileError` for what is no file that can be read.
private func digest(_ file: URL) throws -> String {
  let path = file.relativePath
  guard let status = FileSystem.status(path) else {
    guard errno == ENOENT else { throw FileError.fromErrno(errno, path: path, operation: "read") }
    throw FileError.failed(path: path, operation: "read", reason: "a link that leads nowhere")
  }
  guard status.st_mode & S_IFMT != S_IFDIR else {
    throw FileError.failed(
      path: path, operation: "take",
      reason: "it is a folder; pictures lie directly in the one given")
  }
  guard status.st_mode & S_IFMT == S_IFREG else { throw FileError.notRegular(path: path) }
  return try SHA256.hexadecimal(ofFileAt: file)
}

/// What became of pictures.
public struct PictureCounts: Sendable {
  /// Those that could be read, and how many of them are JPEG files.
  public internal(set) var read = 0
  public internal(set) var jpeg = 0
  /// What is wrong with the others.
  public internal(set) var problems: [String] = []
  /// What some of those that were read were read with.
  public internal(set) var warnings: [String] = []

  init() {}

  /// - Parameters:
  ///   - problems: A line each.
  ///   - warnings: A line each.
  init(read: Int, jpeg: Int, problems: String?, warnings: String?) {
    (self.read, self.jpeg) = (read, jpeg)
    self.problems = (problems ?? "").split(separator: "\n").map(String.init)
    self.warnings = (warnings ?? "").split(separator: "\n").map(String.init)
  }

  mutating func add(_ other: PictureCounts) {
    read += other.read
    jpeg += other.jpeg
    problems += other.problems
    warnings += other.warnings
  }
}

extension Image {
  /// A real picture as the official evaluation prepares it before features are taken.
  ///
  /// - Throws: ``EncoderError/tooElongated(width:height:)``.
  /// - Source: scripts/create_square_gt_for_fid.py of Paint-by-Example.
  package func croppedForReference(side: Int = PictureFolder.officialSide) throws -> Image {
    try middleSquare(side, filter: .bilinear)
  }
}
