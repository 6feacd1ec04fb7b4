/// Memory of several ranks on one machine that all of them see: numbers are exchanged without a copy.
///
/// Each rank has two halves and takes them in turn. Whoever fills one again has met all others since
/// they last read it.
///
/// Safe to share: each rank has an object of its own, which one thread uses; halves are written before
/// all meet and read after.
package final class SharedWindow: @unchecked Sendable {
  private let rank: Int
  /// Each rank's memory, of two halves.
  private let memory: [UnsafeMutablePointer<Float>]
  private let room: Int
  private let meet: () throws -> Void
  private var isSecondHalf = false

  /// - Parameters:
  ///   - memory: of each rank, twice `room` numbers.
  ///   - meet: waits for all ranks; what they wrote is then seen.
  package init(
    rank: Int, memory: [UnsafeMutablePointer<Float>], room: Int, meet: @escaping () throws -> Void
  ) {
    self.rank = rank
    self.memory = memory
    self.room = room
    self.meet = meet
  }

  private func nextHalf(for parts: [Range<Int>]) -> Int {
    check(parts.last?.upperBound ?? 0 <= room, "\(parts) in a window of \(room)")
    defer { isSecondHalf.toggle() }
    return isSecondHalf ? room : 0
  }

  package func scatter(
    _ parts: [Range<Int>], fill: (UnsafeMutablePointer<Float>) -> Void,
    take: ([UnsafeMutablePointer<Float>]) -> Void
  ) throws {
    let half = nextHalf(for: parts)
    fill(memory[rank] + half)
    try meet()
    take(memory.map { $0 + half + parts[rank].lowerBound })
  }

  package func share(
    _ parts: [Range<Int>], fill: (UnsafeMutablePointer<Float>) -> Void,
    take: ([UnsafeMutablePointer<Float>]) -> Void
  ) throws {
    let half = nextHalf(for: parts)
    fill(memory[rank] + half + parts[rank].lowerBound)
    try meet()
    take(zip(memory, parts).map { $0 + half + $1.lowerBound })
  }
}
