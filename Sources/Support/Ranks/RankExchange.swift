import Foundation

/// How one of several processes (a rank) reaches the others. Every rank makes the same calls in the same
/// order, from one thread.
public protocol RankExchange: Sendable {
  /// From 0.
  var rank: Int { get }
  var count: Int { get }
  /// Ranks on this machine, this one included, which share its memory; rising.
  var neighbours: [Int] { get }
  /// Numbers that one call may exchange, at least a ``RankRoom/piece`` for each rank.
  var room: Int { get }
  /// Seconds that this rank has waited for others, so far.
  var waitSeconds: Double { get }

  /// Gives every rank what each has to say, in the order of the ranks.
  func gather(_ own: [UInt8]) throws -> [[UInt8]]

  /// Sends numbers to those whose part of them they are.
  ///
  /// - Parameters:
  ///   - parts: of the ranks, one after the other; at most ``room`` numbers together.
  ///   - fill: writes this rank's numbers of all parts.
  ///   - take: is given every rank's numbers of this rank's part, and may change them.
  func scatter(
    _ parts: [Range<Int>], fill: (UnsafeMutablePointer<Float>) -> Void,
    take: ([UnsafeMutablePointer<Float>]) -> Void) throws

  /// Gives every rank the numbers of each.
  ///
  /// - Parameters:
  ///   - parts: as ``scatter(_:fill:take:)`` has them.
  ///   - fill: writes the numbers of this rank's part.
  ///   - take: is given the parts of all ranks.
  func share(
    _ parts: [Range<Int>], fill: (UnsafeMutablePointer<Float>) -> Void,
    take: ([UnsafeMutablePointer<Float>]) -> Void) throws
}

extension RankExchange {
  public var neighbours: [Int] { [rank] }

  /// Enough to make up for the time until an answer comes, and no burden beside a model's weights.
  public var room: Int { RankRoom.floats(ranks: count) }
}

extension RankExchange {
  /// What each rank has to say, in the order of the ranks.
  ///
  /// - Throws: ``RankError/garbled(rank:)``, or what the exchange throws.
  package func gather<Value: Codable>(coded own: Value) throws -> [Value] {
    try gather(Array(try JSONEncoder().encode(own))).enumerated().map { rank, bytes in
      guard let value = try? JSONDecoder().decode(Value.self, from: Data(bytes)) else {
        throw RankError.garbled(rank: rank)
      }
      return value
    }
  }
}

/// How much memory an exchange takes.
public enum RankRoom {
  /// What is never cut: pieces of the loops over parameters.
  public static let piece = 1 << 16

  /// At least a piece for each rank.
  static func floats(ranks: Int) -> Int { max(32, ranks) * piece }
}
