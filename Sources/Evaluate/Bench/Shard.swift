/// One of the parts that a bench's cases are divided into for several machines.
///
/// Each is a run of neighbours in the bench's list (or in its first cases, where a run is limited to these), the parts as equal as
/// can be: shard i of n takes the positions from ⌊(i − 1) · N / n⌋ up to ⌊i · N / n⌋. Seeds follow
/// the position in the list, so that each case comes out as in a run of all.
public struct Shard: RawRepresentable, Codable, Sendable, Equatable, CustomStringConvertible {
  /// From 1.
  public let index: Int
  public let count: Int

  /// Nil unless 1 ≤ `index` ≤ `count`.
  public init?(index: Int, count: Int) {
    guard count >= 1, (1...count).contains(index), count <= 1_000_000 else { return nil }
    self.index = index
    self.count = count
  }

  /// From `i/n`, as files have it.
  public init?(rawValue: String) {
    let parts = rawValue.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else { return nil }
    self.init(index: index, count: count)
  }

  public var rawValue: String { "\(index)/\(count)" }
  public var description: String { rawValue }

  /// The positions of this part among `total` cases.
  public func positions(of total: Int) -> Range<Int> {
    (index - 1) * total / count..<index * total / count
  }
}
