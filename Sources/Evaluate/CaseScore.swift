import Foundation
import Pictures

/// What was measured on one case.
@dynamicMemberLookup
struct CaseScore: Sendable {
  let benchCase: BenchCase
  let digests: CaseDigests
  let measurements: CaseMeasurements

  var inputsDigest: String { digests.inputs }
  var resultDigest: String { digests.result }

  subscript<Value>(dynamicMember member: KeyPath<CaseMeasurements, Value>) -> Value {
    measurements[keyPath: member]
  }
}

/// What a case's measurements rest on.
struct CaseDigests: Codable, Sendable, Equatable {
  /// Of the pictures that the case consists of.
  let inputs: String
  let result: String

  init(inputs: String, result: String) {
    self.inputs = inputs
    self.result = result
  }

  /// - Throws: ``CaseProblem`` when a file is missing.
  init(_ benchCase: BenchCase, results: URL) throws {
    let missing = benchCase.missingFiles
    guard missing.isEmpty else { throw CaseProblem.missing(missing) }
    let file = ResultStore.picture(of: benchCase.identifier, in: results)
    guard FileManager.default.fileExists(atPath: file.relativePath) else {
      // What is wrong with the case is why it has no result.
      _ = try CasePictures(benchCase)
      throw CaseProblem.missingResult(file.lastPathComponent)
    }
    inputs = try Fingerprint.inputs(of: benchCase)
    result = try Fingerprint.file(at: file)
  }
}

/// The measurements that need no encoder.
struct CaseMeasurements: Codable, Sendable {
  let resultSize: PictureSize
  let benchSize: PictureSize
  /// The files of the case that hold JPEG data, by name.
  let jpegFiles: [String]
  /// Of the mask at the result's size; nil where the official score has none.
  let clipScoreBox: PixelRectangle?
  let background: BackgroundMetric.Measurement
  let inside: InsideMetric.Measurement
  let similarity: ReferenceSimilarityMetric.Measurement

  /// Changes whenever equal pictures may give other measurements.
  static let procedure = [
    BackgroundMetric.protocolName, InsideMetric.protocolName,
    ReferenceSimilarityMetric.protocolName, CasePictures.resizeMethod,
  ].joined(separator: "; ")

  /// Reads and measures a case.
  ///
  /// - Throws: What is wrong with it, to be reported beside its name.
  init(_ benchCase: BenchCase, results: URL) throws {
    let file = ResultStore.picture(of: benchCase.identifier, in: results)
    let pictures = try CasePictures(benchCase)
    let decoded = try BenchPicture.read(file)
    try self.init(
      pictures, result: decoded.image,
      jpegFiles: (decoded.format == .jpeg ? [file.lastPathComponent] : []) + pictures.jpegFiles)
  }

  init(_ pictures: CasePictures, result: Image, jpegFiles: [String] = []) throws {
    let scored = try pictures.scored(result)
    self.jpegFiles = jpegFiles
    resultSize = PictureSize(result)
    benchSize = PictureSize(pictures.groundTruth)
    // Nearest, so that 255 stays 255; the official results and masks are of one size.
    clipScoreBox =
      pictures.mask
      .resized(width: result.width, height: result.height, filter: .nearest).clipScoreBox
    background = BackgroundMetric().measure(scored)
    inside = InsideMetric().measure(scored)
    similarity = ReferenceSimilarityMetric().measure(scored)
  }
}

/// The pictures of a case, read and checked.
struct CasePictures: Sendable {
  let groundTruth: Image
  let mask: GrayImage
  let reference: Image
  /// The picture files that hold JPEG data, by name.
  let jpegFiles: [String]

  /// - Throws: What is wrong with the case, to be reported beside its name.
  init(_ benchCase: BenchCase) throws {
    let missing = benchCase.missingFiles
    guard missing.isEmpty else {
      throw CaseProblem.missing(missing)
    }
    let truth = try BenchPicture.read(benchCase.groundTruth)
    mask = try ImageFile.readGray(benchCase.mask.relativePath)
    let shown = try BenchPicture.read(benchCase.reference)
    (groundTruth, reference) = (truth.image, shown.image)
    jpegFiles = [(truth, benchCase.groundTruth), (shown, benchCase.reference)]
      .filter { $0.0.format == .jpeg }.map { $0.1.lastPathComponent }
    guard PictureSize(mask) == PictureSize(groundTruth) else {
      throw CaseProblem.maskSize(found: PictureSize(mask), expected: PictureSize(groundTruth))
    }
    _ = try EditMask(mask)
  }

  /// Ground truth and mask at another size.
  func resized(_ size: PictureSize) -> (groundTruth: Image, mask: GrayImage) {
    (
      groundTruth.resized(width: size.width, height: size.height, filter: .bilinear),
      mask.resized(width: size.width, height: size.height, filter: .bilinear)
    )
  }

  /// How ``resized(_:)`` does it; for reports.
  static let resizeMethod = "bilinear, antialiased as in Pillow"

  /// The case with its result, at the result's size.
  func scored(_ result: Image) throws -> ScoredCase {
    let (groundTruth, mask) = resized(PictureSize(result))
    return ScoredCase(
      result: result, groundTruth: groundTruth, mask: try EditMask(mask), reference: reference)
  }
}

/// Why a case cannot be scored.
enum CaseProblem: Error, CustomStringConvertible {
  case missing([String])
  case missingResult(String)
  case maskSize(found: PictureSize, expected: PictureSize)
  case emptyMask
  case fullMask

  var description: String {
    switch self {
    case .missing(let files): "missing: \(files.joined(separator: ", "))"
    case .missingResult(let file): "missing: result \(file)"
    case .maskSize(let found, let expected):
      "the mask is \(found), the picture \(expected): they must be of one size"
    case .emptyMask: "the mask is empty: no pixel is 128 or more"
    case .fullMask: "the mask is full: no pixel is below 128"
    }
  }
}
