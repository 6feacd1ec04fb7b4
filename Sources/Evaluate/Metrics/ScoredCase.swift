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

/// Which pixels of a picture were to be repainted: those where a mask is 128 or more.
///
/// Neither empty nor full, so that there is something to score inside and outside.
public struct EditMask: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// `height × width` values, true inside.
  public let isInside: [Bool]
  /// The smallest rectangle that holds every pixel inside.
  public let bounds: PixelRectangle
  public let insideCount: Int

  public var outsideCount: Int { isInside.count - insideCount }

  /// - Throws: For an empty or a full mask; the message says which.
  public init(_ mask: GrayImage) throws {
    width = mask.width
    height = mask.height
    isInside = mask.pixels.map { $0 >= 128 }
    insideCount = isInside.count { $0 }
    guard insideCount > 0 else { throw CaseProblem.emptyMask }
    guard insideCount < isInside.count else { throw CaseProblem.fullMask }
    var (left, top, right, bottom) = (mask.width, mask.height, 0, 0)
    for i in isInside.indices where isInside[i] {
      let (y, x) = i.quotientAndRemainder(dividingBy: mask.width)
      (left, right) = (min(left, x), max(right, x))
      (top, bottom) = (min(top, y), max(bottom, y))
    }
    bounds = PixelRectangle(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
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
