import Foundation
import Pictures

/// The pictures of a case, read and checked.
struct CasePictures: Sendable {
  let groundTruth: Image
  let mask: GrayImage
  let reference: Image
  /// The picture files that hold JPEG data, by name.
  let jpegFiles: [String]
  /// What its files were read with.
  let warnings: [String]

  /// - Throws: What is wrong with the case, to be reported beside its name.
  init(_ benchCase: BenchCase) throws {
    let missing = benchCase.missingFiles
    guard missing.isEmpty else { throw CaseProblem.missing(missing) }
    let truth = try ImageFile.read(benchCase.groundTruth.relativePath)
    let readMask = try ImageFile.readMask(benchCase.mask.relativePath)
    mask = readMask.pixels
    let shown = try ImageFile.read(benchCase.reference.relativePath)
    (groundTruth, reference) = (truth.image, shown.image(on: .reference))
    jpegFiles = [(truth, benchCase.groundTruth), (shown, benchCase.reference)]
      .filter { $0.0.format == .jpeg }.map { $0.1.lastPathComponent }
    warnings =
      truth.warnings.shown(of: benchCase.groundTruth) + readMask.warnings.shown(of: benchCase.mask)
      + shown.warnings.shown(of: benchCase.reference)
    guard PictureSize(mask) == PictureSize(groundTruth) else {
      throw CaseProblem.maskSize(found: PictureSize(mask), expected: PictureSize(groundTruth))
    }
    _ = try EditMask(mask)
  }

  /// Whether the case can be read.
  static func isReadable(_ benchCase: BenchCase) -> Bool {
    (try? CasePictures(benchCase)) != nil
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

extension [ImageWarning] {
  /// What reports say of a file; that it holds JPEG data, they say in a place of its own.
  func shown(of file: URL) -> [String] {
    filter { $0 != .mislabelled(found: .jpeg) }.map { "\(file.lastPathComponent): \($0)" }
  }
}
