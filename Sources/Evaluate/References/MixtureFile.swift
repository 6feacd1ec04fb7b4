import Foundation
import Tensors

/// A Gaussian mixture as it is kept: with the encoder whose features it describes, if that is known.
public struct StoredMixture: Sendable {
  public let mixture: GaussianMixture
  /// Nil for one that came from elsewhere.
  public let encoder: EncoderIdentity?
  /// SHA-256 of the file; nil before it is written.
  public let hash: String?

  private static let format = "pbe-gaussian-mixture-1"

  public init(_ mixture: GaussianMixture, encoder: EncoderIdentity?, hash: String? = nil) {
    self.mixture = mixture
    self.encoder = encoder
    self.hash = hash
  }

  /// Reads a file that ``write(to:notes:)`` wrote.
  ///
  /// - Throws: `FileError`, `SafetensorsError`, `GaussianMixtureError`.
  public init(contentsOf path: String) throws {
    let file = try Safetensors(path)
    guard file.metadata["format"] == Self.format else {
      throw GaussianMixtureError.otherFormat(file: path)
    }
    let weights = try file.doubles("weights")
    let means = try file.doubles("means")
    let covariances = try file.doubles("covariances")
    guard weights.shape.count == 1, means.shape.count == 2, means.shape[0] == weights.shape[0],
      covariances.shape == [means.shape[0], means.shape[1], means.shape[1]]
    else {
      throw GaussianMixtureError.notMixture(
        file: path,
        reason: "weights \(weights.shape), means \(means.shape) and covariances "
          + "\(covariances.shape) do not fit together")
    }
    let dimension = means.shape[1]
    let size = dimension * dimension
    let identity = file.metadata["encoder"].flatMap { identifier in
      file.metadata["encoder_hash"].map { EncoderIdentity(identifier: identifier, hash: $0) }
    }
    self.init(
      try GaussianMixture(
        weights: weights.values,
        means: Matrix(rows: means.shape[0], columns: dimension, values: means.values),
        covariances: (0..<means.shape[0]).map { k in
          Matrix(
            rows: dimension, columns: dimension,
            values: Array(covariances.values[k * size..<(k + 1) * size]))
        }),
      encoder: identity, hash: try Fingerprint.file(at: URL(filePath: path)))
  }

  /// Writes the file, whole or not at all.
  ///
  /// - Throws: `FileError`.
  public func write(to path: String, notes: [String: String] = [:]) throws {
    let (count, dimension) = (mixture.componentCount, mixture.dimension)
    var metadata = notes
    metadata["format"] = Self.format
    metadata["encoder"] = encoder?.identifier
    metadata["encoder_hash"] = encoder?.hash
    try Safetensors.write(
      [:],
      doubles: [
        "weights": ([count], mixture.weights),
        "means": ([count, dimension], mixture.means.values),
        "covariances": ([count, dimension, dimension], mixture.covariances.flatMap { $0.values }),
      ], to: path, metadata: metadata)
  }
}
