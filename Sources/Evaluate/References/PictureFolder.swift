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
  /// JPEG and PNG files directly in the folder, by name.
  public let files: [URL]
  /// SHA-256 over the files' contents, in order.
  public let hash: String
  private let digests: [String]
  private let reporter: any ProgressReporter

  /// Pictures encoded and stored at once.
  private static let pieceSize = 64

  /// A run of files with their features, one row a picture that could be read.
  public struct Piece {
    public let features: [FeatureSpace: Tensor]
    /// Places within ``PictureFolder/files``, one a row.
    public let positions: [Int]
    /// What is wrong with the others.
    public let problems: [String]
    /// How many of the pictures are JPEG files.
    public let jpegCount: Int
  }

  /// Lists the folder and reads every file once, for its hash.
  ///
  /// - Throws: ``EvaluationError`` when there is nothing to read.
  public init(at folder: URL, progress reporter: any ProgressReporter = .silent) throws {
    self.folder = folder
    self.reporter = reporter
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.relativePath)
    } catch {
      throw EvaluationError.reading(folder, error)
    }
    let extensions = Set(["jpg", "jpeg", "png"])
    let files = names.sorted().filter { !$0.hasPrefix(".") }.map { folder.appending(path: $0) }
      .filter { extensions.contains($0.pathExtension.lowercased()) }
    guard !files.isEmpty else { throw EvaluationError.noPictures(folder: folder.relativePath) }
    self.files = files
    let progress = reporter.begin("hashing", total: files.count, unit: "picture")
    digests = try parallelMap(files.count) { index in
      let digest = try Fingerprint.file(at: files[index])
      try progress.advance()
      return digest
    }
    progress.finish()
    hash = Fingerprint.combined(digests.map { ("", $0) })
  }

  /// Calls `body` with every piece in order.
  ///
  /// - Parameter cache: Made when it isn't there.
  /// - Throws: ``EvaluationError/nothingToScore(problems:count:)`` when no picture could be read;
  ///   what the encoders and `body` throw.
  public func forEachPiece(
    encoders: [FeatureSpace: any FeatureEncoder], cache: URL, _ body: (Piece) throws -> Void
  ) throws {
    try Folder.make(cache.relativePath)
    let progress = reporter.begin("encoding", total: files.count, unit: "picture")
    var problems: [String] = []
    var count = 0
    for start in stride(from: 0, to: files.count, by: Self.pieceSize) {
      let range = start..<min(start + Self.pieceSize, files.count)
      let piece = try piece(range, encoders, cache)
      problems += piece.problems
      count += piece.positions.count
      try body(piece)
      try progress.advance(by: range.count)
    }
    progress.finish()
    guard count > 0 else {
      throw EvaluationError.nothingToScore(
        problems: Array(problems.prefix(10)), count: files.count)
    }
  }

  private func piece(
    _ range: Range<Int>, _ encoders: [FeatureSpace: any FeatureEncoder], _ cache: URL
  ) throws -> Piece {
    let stored = encoders.mapValues { encoder in
      cache.appending(path: "\(key(range, encoder)).safetensors")
    }
    if let piece = read(stored, range, encoders) { return piece }
    let pictures = readPictures(range)
    let positions = range.filter { pictures[$0 - range.lowerBound].picture != nil }
    let found = pictures.compactMap(\.picture)
    let problems = pictures.compactMap(\.problem)
    let jpegCount = pictures.count(where: \.isJPEG)
    var features: [FeatureSpace: Tensor] = [:]
    for (space, encoder) in encoders {
      let encoded = try encoder.features(found)
      features[space] = encoded
      if let file = stored[space] {
        try Safetensors.write(
          ["features": encoded], to: file.relativePath,
          metadata: [
            "positions": positions.map { "\($0 - range.lowerBound)" }.joined(separator: ","),
            "problems": problems.joined(separator: "\n"), "jpeg": "\(jpegCount)",
          ])
      }
    }
    return Piece(
      features: features, positions: positions, problems: problems, jpegCount: jpegCount)
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
    guard let jpegCount = metadata["jpeg"].flatMap({ Int($0) }),
      features.values.allSatisfy({ $0.shape[0] == positions.count })
    else { return nil }
    let problems = (metadata["problems"] ?? "").split(separator: "\n").map(String.init)
    return Piece(
      features: features, positions: positions.map { $0 + range.lowerBound }, problems: problems,
      jpegCount: jpegCount)
  }

  private func key(_ range: Range<Int>, _ encoder: any FeatureEncoder) -> String {
    Fingerprint.combined(
      [(encoder.identifier, encoder.contentHash), ("preparation", Image.referencePreparation)]
        + range.map { (files[$0].lastPathComponent, digests[$0]) })
  }

  private struct PictureOutcome: Sendable {
    var picture: Image?
    var problem: String?
    var isJPEG = false
  }

  private func readPictures(_ range: Range<Int>) -> [PictureOutcome] {
    parallelMap(range.count) { index in
      let file = files[range.lowerBound + index]
      do {
        let decoded = try ImageFile.readByContent(file)
        return PictureOutcome(
          picture: try decoded.image.croppedForReference(), isJPEG: decoded.format == .jpeg)
      } catch {
        return PictureOutcome(problem: "\(error)".replacing("\n", with: " "))
      }
    }
  }
}
