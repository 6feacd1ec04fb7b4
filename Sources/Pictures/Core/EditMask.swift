/// Which pixels of a picture are to be repainted: those where a mask is 128 or more.
///
/// Neither empty nor full: there is something to paint, and something that it has to fit.
public struct EditMask: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// `height × width` values, true inside.
  public let isInside: [Bool]
  /// The smallest rectangle that holds every pixel inside.
  public let bounds: PixelRectangle
  public let insideCount: Int

  public var outsideCount: Int { isInside.count - insideCount }

  /// - Throws: ``EditMaskProblem``.
  public init(_ mask: GrayImage) throws {
    width = mask.width
    height = mask.height
    isInside = mask.pixels.map { $0 >= 128 }
    insideCount = isInside.count { $0 }
    guard insideCount > 0 else { throw EditMaskProblem.empty }
    guard insideCount < isInside.count else { throw EditMaskProblem.full }
    var (left, top, right, bottom) = (mask.width, mask.height, 0, 0)
    for i in isInside.indices where isInside[i] {
      let (y, x) = i.quotientAndRemainder(dividingBy: mask.width)
      (left, right) = (min(left, x), max(right, x))
      (top, bottom) = (min(top, y), max(bottom, y))
    }
    bounds = PixelRectangle(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
  }
}

/// Why a mask says nothing.
public enum EditMaskProblem: Error, CustomStringConvertible {
  case empty
  case full

  public var description: String {
    switch self {
    case .empty: "the mask is empty: no pixel is 128 or more"
    case .full: "the mask is full: no pixel is below 128"
    }
  }
}
