import Foundation
import Pictures
import Support

/// What was measured on one case.
struct CaseScore: Sendable {
  let benchCase: BenchCase
  let digests: CaseDigests
  let measurements: CaseMeasurements
}

/// What a case's measurements rest on.
struct CaseDigests: Codable, Sendable, Equatable {
  /// Of the pictures that the case consists of.
  let inputs: String
  let result: String
}

extension CaseDigests {
  /// - Throws: ``CaseProblem`` when a file is missing.
  init(_ benchCase: BenchCase, results: URL) throws {
    let missing = benchCase.missingFiles
    guard missing.isEmpty else { throw CaseProblem.missing(missing) }
    let file = ResultStore.picture(of: benchCase.identifier, in: results)
    guard FileSystem.exists(file.relativePath) else {
      // What is wrong with the case is why it has no result.
      _ = try CasePictures(benchCase)
      throw CaseProblem.missingResult(file.lastPathComponent)
    }
    inputs = try benchCase.inputsDigest()
    result = try Fingerprint.file(at: file)
  }
}

/// What was measured on a case's pictures.
struct CaseMeasurements: Sendable {
  let resultSize: PictureSize
  let benchSize: PictureSize
  /// The files of the case that hold JPEG data, by name.
  let jpegFiles: [String]
  /// What the files of the case were read with.
  let warnings: [String]
  /// Of the mask at the result's size; nil where the official CLIP score has none.
  let clipScoreBox: PixelRectangle?
  /// Of each picture metric, by ``PictureMetric/storedAs``.
  private let ofMetrics: [String: any Codable & Sendable]

  /// Reads and measures a case.
  ///
  /// - Throws: What is wrong with it, to be reported beside its name.
  init(_ benchCase: BenchCase, results: URL, _ metrics: [any PictureMetric]) throws {
    let file = ResultStore.picture(of: benchCase.identifier, in: results)
    let pictures = try CasePictures(benchCase)
    let decoded = try ImageFile.read(file.relativePath)
    try self.init(
      pictures, result: decoded.image,
      jpegFiles: (decoded.format == .jpeg ? [file.lastPathComponent] : []) + pictures.jpegFiles,
      warnings: pictures.warnings + decoded.warnings.shown(of: file), metrics)
  }

  init(
    _ pictures: CasePictures, result: Image, jpegFiles: [String] = [], warnings: [String] = [],
    _ metrics: [any PictureMetric]
  ) throws {
    let scored = try pictures.scored(result)
    (self.jpegFiles, self.warnings) = (jpegFiles, warnings)
    resultSize = PictureSize(result)
    benchSize = PictureSize(pictures.groundTruth)
    // Nearest, so that 255 stays 255; the official results and masks are of one size.
    clipScoreBox =
      pictures.mask
      .resized(width: result.width, height: result.height, filter: .nearest).clipScoreBox
    func measured(_ metric: some PictureMetric) -> any Codable & Sendable {
      metric.measure(scored)
    }
    ofMetrics = Dictionary(uniqueKeysWithValues: metrics.map { ($0.storedAs, measured($0)) })
  }

  func value<Metric: PictureMetric>(of metric: Metric) -> Metric.Measurement? {
    ofMetrics[metric.storedAs] as? Metric.Measurement
  }
}

/// Measurements are read and written for the metrics that the coder's `userInfo` names.
extension CaseMeasurements: Codable {
  static let metrics = CodingUserInfoKey(rawValue: "metrics")

  /// Changes whenever equal pictures may give other measurements.
  static func procedure(of metrics: [any PictureMetric]) -> String {
    (metrics.map(\.protocolName) + [CasePictures.resizeMethod, ImageFile.reading])
      .joined(separator: "; ")
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: NameKey.self)
    resultSize = try container.decode(PictureSize.self, forKey: "resultSize")
    benchSize = try container.decode(PictureSize.self, forKey: "benchSize")
    jpegFiles = try container.decode([String].self, forKey: "jpegFiles")
    warnings = try container.decodeIfPresent([String].self, forKey: "warnings") ?? []
    clipScoreBox = try container.decodeIfPresent(PixelRectangle.self, forKey: "clipScoreBox")
    func stored<Metric: PictureMetric>(_ metric: Metric) throws -> any Codable & Sendable {
      try container.decode(Metric.Measurement.self, forKey: NameKey(metric.storedAs))
    }
    let metrics = Self.metrics.flatMap { decoder.userInfo[$0] as? [any PictureMetric] } ?? []
    ofMetrics = Dictionary(
      uniqueKeysWithValues: try metrics.map { ($0.storedAs, try stored($0)) })
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NameKey.self)
    try container.encode(resultSize, forKey: "resultSize")
    try container.encode(benchSize, forKey: "benchSize")
    try container.encode(jpegFiles, forKey: "jpegFiles")
    if !warnings.isEmpty { try container.encode(warnings, forKey: "warnings") }
    try container.encodeIfPresent(clipScoreBox, forKey: "clipScoreBox")
    for (name, value) in ofMetrics { try container.encode(value, forKey: NameKey(name)) }
  }
}
