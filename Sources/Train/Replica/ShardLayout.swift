import Support
import Tensors

/// Which replica updates which elements of the parameters, and in which rounds they are exchanged.
///
/// Each has consecutive elements of all parameters, laid end to end: as many as the others, but for pieces
/// of the loops over memory, which are never cut. So every loop runs over the same pieces, and gives the
/// same bits, whoever runs it.
package struct ShardLayout: Sendable {
  /// Some elements of a parameter, at a place among those of a round.
  package struct Slice: Sendable, Equatable {
    package let parameter: Int
    package let elements: Range<Int>
    let place: Int
  }

  /// What is exchanged at once: some elements of each replica's.
  package struct Round: Sendable {
    /// Of each replica.
    package let slices: [[Slice]]
    /// Of each replica, where its slices are among all.
    package let parts: [Range<Int>]
  }

  package let rounds: [Round]
  /// For each replica the elements of each parameter.
  package let owned: [[Range<Int>]]

  private typealias Piece = (parameter: Int, elements: Range<Int>)

  /// - Parameters:
  ///   - counts: elements of each parameter.
  ///   - replicas: how many share them.
  ///   - room: elements of a round, at least a piece for each replica.
  package init(counts: [Int], replicas: Int, room: Int) {
    let pieces = Self.pieces(counts)
    let bounds = Self.bounds(pieces, shares: replicas)
    let chunk = room / (RankRoom.piece * replicas)
    check(chunk > 0, "\(room) elements for \(replicas) replicas")
    check(
      RankRoom.piece == Tensor.sumGrain, "sums over other pieces than those that are shared out")
    let longest = (0..<replicas).map { bounds[$0 + 1] - bounds[$0] }.max() ?? 0
    rounds = stride(from: 0, to: longest, by: chunk).map { start in
      Self.round(
        (0..<replicas).map { rank in
          let first = min(bounds[rank] + start, bounds[rank + 1])
          return pieces[first..<min(first + chunk, bounds[rank + 1])]
        })
    }
    owned = (0..<replicas).map { rank in
      var ranges = counts.map { _ in 0..<0 }
      for piece in pieces[bounds[rank]..<bounds[rank + 1]] {
        let known = ranges[piece.parameter]
        let start = known.isEmpty ? piece.elements.lowerBound : known.lowerBound
        ranges[piece.parameter] = start..<piece.elements.upperBound
      }
      return ranges
    }
  }

  private static func pieces(_ counts: [Int]) -> [Piece] {
    counts.enumerated().flatMap { parameter, count in
      stride(from: 0, to: count, by: RankRoom.piece).map { start in
        (parameter, start..<min(start + RankRoom.piece, count))
      }
    }
  }

  /// Where each share of the pieces begins, and the end of the last.
  private static func bounds(_ pieces: [Piece], shares: Int) -> [Int] {
    let total = pieces.reduce(0) { $0 + $1.elements.count }
    var bounds = [0]
    var before = 0
    for (index, piece) in pieces.enumerated() {
      while bounds.count < shares, before * shares >= bounds.count * total { bounds.append(index) }
      before += piece.elements.count
    }
    return bounds + [Int](repeating: pieces.count, count: shares + 1 - bounds.count)
  }

  private static func round(_ pieces: [ArraySlice<Piece>]) -> Round {
    var place = 0
    var slices: [[Slice]] = []
    var parts: [Range<Int>] = []
    for pieces in pieces {
      let start = place
      slices.append(Self.slices(pieces, from: &place))
      parts.append(start..<place)
    }
    return Round(slices: slices, parts: parts)
  }

  /// Pieces of one parameter follow each other and are one slice.
  private static func slices(_ pieces: ArraySlice<Piece>, from place: inout Int) -> [Slice] {
    var result: [Slice] = []
    for (parameter, elements) in pieces {
      if let last = result.last, last.parameter == parameter {
        result[result.count - 1] = Slice(
          parameter: parameter, elements: last.elements.lowerBound..<elements.upperBound,
          place: last.place)
      } else {
        result.append(Slice(parameter: parameter, elements: elements, place: place))
      }
      place += elements.count
    }
    return result
  }
}
