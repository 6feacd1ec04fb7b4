import Foundation
import Support
import Tensors

/// What a set of real pictures looks like to encoders: the yardstick of distances between sets.
public struct ReferenceStatistics: Sendable {
  /// One encoder's view of the pictures.
  public struct Section: Sendable {
    public let encoder: EncoderIdentity
    public let statistics: FeatureStatistics
    /// Features of at most ``sampleSize`` pictures, `[N, D]`: for the kernel distance.
    public let sample: Tensor

    public init(encoder: EncoderIdentity, statistics: FeatureStatistics, sample: Tensor) {
      self.encoder = encoder
      self.statistics = statistics
      self.sample = sample
    }
  }

  public let sections: [FeatureSpace: Section]
  /// How the pictures were prepared before they were encoded.
  public let preparation: String
  /// SHA-256 over the pictures.
  public let pictures: String
  /// SHA-256 of the file; nil before it is written.
  public let hash: String?

  /// All of a small set; a draw of COCO's 40,670, whose features would take 400 MB.
  public static let sampleSize = 10_000

  private static let format = "pbe-reference-statistics-1"

  public init(
    sections: [FeatureSpace: Section], preparation: String, pictures: String, hash: String? = nil
  ) {
    self.sections = sections
    self.preparation = preparation
    self.pictures = pictures
    self.hash = hash
  }

  /// Reads a file of `pbe-eval statistics`.
  ///
  /// - Throws: `FileError`, `SafetensorsError`, ``ReferenceStatisticsError``.
  public init(contentsOf path: String) throws {
    let file = try Safetensors(path)
    guard file.metadata["format"] == Self.format else {
      throw ReferenceStatisticsError(
        file: path, reason: "it was not written by 'pbe-eval statistics'")
    }
    var sections: [FeatureSpace: Section] = [:]
    for space in FeatureSpace.allCases where file.layouts["\(space.rawValue).mean"] != nil {
      sections[space] = try Section(file, space)
    }
    self.init(
      sections: sections, preparation: file.metadata["preparation"] ?? "",
      pictures: file.metadata["pictures"] ?? "",
      hash: try Fingerprint.file(at: URL(filePath: path)))
  }

  /// Writes the file, whole or not at all.
  ///
  /// - Throws: `FileError`.
  public func write(to path: String, notes: [String: String] = [:]) throws {
    var doubles: [String: (shape: [Int], values: [Double])] = [:]
    var samples: [String: Tensor] = [:]
    var metadata = notes
    metadata["format"] = Self.format
    metadata["preparation"] = preparation
    metadata["pictures"] = pictures
    for (space, section) in sections {
      let (name, statistics) = (space.rawValue, section.statistics)
      let covariance = statistics.covariance
      doubles["\(name).mean"] = ([statistics.dimension], statistics.mean)
      doubles["\(name).covariance"] = ([covariance.rows, covariance.columns], covariance.values)
      samples["\(name).features"] = section.sample
      metadata["\(name).count"] = "\(statistics.count)"
      metadata["\(name).encoder"] = section.encoder.identifier
      metadata["\(name).hash"] = section.encoder.hash
    }
    try Safetensors.write(samples, doubles: doubles, to: path, metadata: metadata)
  }
}

extension ReferenceStatistics.Section {
  fileprivate init(_ file: Safetensors, _ space: FeatureSpace) throws {
    let name = space.rawValue
    let mean = try file.doubles("\(name).mean")
    let covariance = try file.doubles("\(name).covariance")
    let sample = try file.tensor("\(name).features")
    let dimension = mean.values.count
    guard mean.shape == [dimension], covariance.shape == [dimension, dimension],
      sample.rank == 2, sample.shape[1] == dimension,
      let count = file.metadata["\(name).count"].flatMap({ Int($0) }), count > 0,
      let identifier = file.metadata["\(name).encoder"], let hash = file.metadata["\(name).hash"]
    else {
      throw ReferenceStatisticsError(
        file: file.path, reason: "the tensors or the metadata of '\(name)' are incomplete")
    }
    guard (mean.values + covariance.values).allSatisfy(\.isFinite) else {
      throw ReferenceStatisticsError(
        file: file.path, reason: "'\(name)' holds numbers that are not finite")
    }
    self.init(
      encoder: EncoderIdentity(identifier: identifier, hash: hash),
      statistics: FeatureStatistics(
        count: count, mean: mean.values,
        covariance: Matrix(rows: dimension, columns: dimension, values: covariance.values)),
      sample: sample)
  }
}

/// Why a file holds no reference statistics.
public struct ReferenceStatisticsError: Error, Equatable, Sendable, SettingMessage {
  public let file: String
  public let reason: String

  public func text(naming name: (String) -> String) -> String {
    "\(file): no reference statistics: \(reason). Make them with: pbe-eval statistics "
      + "\(name("images")) DIR \(name("clip")) DIR \(name("output")) FILE"
  }
}
