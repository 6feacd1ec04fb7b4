import Pictures

/// A case with its result, all but the reference at the result's size.
public struct ScoredCase: Sendable {
  public let result: Image
  public let groundTruth: Image
  public let mask: EditMask
  /// At its own size.
  public let reference: Image

  public init(result: Image, groundTruth: Image, mask: EditMask, reference: Image) {
    self.result = result
    self.groundTruth = groundTruth
    self.mask = mask
    self.reference = reference
  }
}

/// Why a case cannot be scored.
enum CaseProblem: Error, CustomStringConvertible {
  case missing([String])
  case missingResult(String)
  case maskSize(found: PictureSize, expected: PictureSize)
  case referenceMaskSize(found: PictureSize, expected: PictureSize)
  case emptyReferenceMask

  var description: String {
    switch self {
    case .missing(let files): "missing: \(files.joined(separator: ", "))"
    case .missingResult(let file): "missing: result \(file)"
    case .maskSize(let found, let expected):
      "the mask is \(found), the picture \(expected): they must be of one size"
    case .referenceMaskSize(let found, let expected):
      "the reference's mask is \(found), the reference \(expected): they must be of one size"
    case .emptyReferenceMask: "the reference's mask is nowhere white: it must be on the object"
    }
  }
}
