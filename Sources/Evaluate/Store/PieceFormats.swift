import Foundation
import Support
import Tensors

/// Features of cases in a safetensors file: `features`, a row a case, and whose rows they are as JSON
/// in the metadata, with a digest of it all.
struct FeaturePieceFormat: PieceFormat {
  static let pathExtension = "safetensors"
  /// Numbers a case.
  let dimension: Int

  private struct Row: Codable {
    let identifier: String
    let position: Int
    let key: String
  }

  func read(_ file: URL) throws -> [StoredCase<[Float]>] {
    let piece = try Safetensors(file.relativePath)
    let text = piece.metadata["rows"] ?? ""
    let rows = try JSONDecoder().decode([Row].self, from: Data(text.utf8))
    let features = try piece.tensor("features")
    let values = features.values
    guard features.shape == [rows.count, dimension],
      piece.metadata["sha256"] == digest(text, values)
    else { throw PieceError.damaged }
    return rows.enumerated().map { i, row in
      StoredCase(
        identifier: row.identifier, position: row.position, key: row.key,
        value: Array(values[i * dimension..<(i + 1) * dimension]))
    }
  }

  func write(_ entries: [StoredCase<[Float]>], to file: URL) throws {
    let text = try jsonLine(
      entries.map { Row(identifier: $0.identifier, position: $0.position, key: $0.key) })
    let values = Array(entries.map(\.value).joined())
    try Safetensors.write(
      ["features": Tensor([entries.count, dimension], values)], to: file.relativePath,
      metadata: ["rows": text, "sha256": digest(text, values)])
  }

  private func digest(_ rows: String, _ values: [Float]) -> String {
    var hash = SHA256()
    hash.update(rows.utf8)
    values.withUnsafeBytes { hash.update($0) }
    return hash.hexadecimal()
  }
}

/// Measurements of cases as JSON, with a digest.
struct ScorePieceFormat: PieceFormat {
  static let pathExtension = "json"
  let metrics: [any PictureMetric]

  private struct Piece: Codable {
    let sha256: String
    /// ``Row``s as JSON.
    let rows: String
  }

  private struct Row: Codable {
    let identifier: String
    let position: Int
    let key: String
    let score: CaseMeasurements
  }

  func read(_ file: URL) throws -> [StoredCase<CaseMeasurements>] {
    let decoder = JSONDecoder()
    if let key = CaseMeasurements.metrics { decoder.userInfo[key] = metrics }
    let piece = try decoder.decode(Piece.self, from: FileSystem.contents(of: file.relativePath))
    guard SHA256.hexadecimal(of: piece.rows.utf8) == piece.sha256 else { throw PieceError.damaged }
    return try decoder.decode([Row].self, from: Data(piece.rows.utf8)).map {
      StoredCase(identifier: $0.identifier, position: $0.position, key: $0.key, value: $0.score)
    }
  }

  func write(_ entries: [StoredCase<CaseMeasurements>], to file: URL) throws {
    let text = try jsonLine(
      entries.map {
        Row(identifier: $0.identifier, position: $0.position, key: $0.key, score: $0.value)
      })
    try writeJSON(Piece(sha256: SHA256.hexadecimal(of: text.utf8), rows: text), to: file)
  }
}

/// A piece that is made again.
enum PieceError: Error {
  case damaged
}
