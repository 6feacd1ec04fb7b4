import Foundation
import Pictures
import Support

extension [BenchCase] {
  /// The same cases for one who looks at their references' masks, which must all be there.
  ///
  /// - Parameters:
  ///   - bench: of the cases.
  ///   - reader: who looks, for messages.
  /// - Throws: ``EvaluationError/noReferenceMask(bench:method:file:count:)``.
  func readingReferenceMasks(of bench: Bench, for reader: String) throws -> [BenchCase] {
    let missing = filter { benchCase in
      benchCase.referenceMask.map { !FileSystem.exists($0.relativePath) } ?? true
    }
    if let first = missing.first {
      throw EvaluationError.noReferenceMask(
        bench: bench.folder.relativePath, method: reader,
        file: first.referenceMask.map { $0.relativePath }, count: missing.count)
    }
    return map { benchCase in
      var copy = benchCase
      copy.readsReferenceMask = true
      return copy
    }
  }
}

extension BenchCase {
  /// Where the reference's object is; nil where the bench doesn't say.
  ///
  /// - Throws: `CaseProblem` for a mask of another size than the reference's.
  func readReferenceMask(for reference: Image) throws -> GrayImage? {
    guard let referenceMask else { return nil }
    let mask = try ImageFile.readMask(referenceMask.relativePath).pixels
    guard PictureSize(mask) == PictureSize(reference) else {
      throw CaseProblem.referenceMaskSize(
        found: PictureSize(mask), expected: PictureSize(reference))
    }
    return mask
  }

  /// The reference's object alone, as a model is shown it.
  ///
  /// - Throws: `CaseProblem` for a mask of another size than the reference's, and for an empty one.
  func referenceObject(in reference: Image) throws -> Image {
    guard let mask = try readReferenceMask(for: reference),
      let object = reference.object(in: mask)
    else { throw CaseProblem.emptyReferenceMask }
    return object
  }
}
