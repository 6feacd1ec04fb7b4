import Pictures

/// A number that says how good results are: measured case by case, then summed up.
///
/// Measuring one case knows nothing of the others, so cases may be measured on any thread; the
/// summary sees all measurements in the bench's order.
public protocol Metric: Sendable {
  associatedtype Measurement: Sendable
  associatedtype Summary: Codable & Sendable

  /// The procedure's name, as one would cite it beside the number.
  static var protocolName: String { get }
  /// What the number means, in a sentence for the reader of a report.
  static var explanation: String { get }

  func measure(_ scored: ScoredCase) -> Measurement
  /// - Parameter measurements: One per case, at least one, in the bench's order.
  func summary(of measurements: [Measurement]) -> Summary
}

/// A case with its result, all but the reference at the result's size.
public struct ScoredCase: Sendable {
  public let result: Image
  public let groundTruth: Image
  public let mask: EditMask
  /// At its own size.
  public let reference: Image
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

  /// - Throws: ``CaseProblem`` for an empty or a full mask.
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
