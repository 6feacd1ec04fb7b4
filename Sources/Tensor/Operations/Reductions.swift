import Foundation
import Support

extension Tensor {
  /// Elements of which a sum is made, before such sums are added in order.
  package static let sumGrain = 1 << 16

  /// Adds up the pieces in order, so that the result does not depend on the threads.
  private func reduce(_ piece: (Int, Int) -> Double) -> Double {
    let count = count
    guard count > Self.sumGrain else { return piece(0, count) }
    return pieces(piece).reduce(0, +)
  }

  private func pieces(_ piece: (Int, Int) -> Double) -> [Double] {
    let (count, grain) = (count, Self.sumGrain)
    let pieces = (count + grain - 1) / grain
    return [Double](unsafeUninitializedCapacity: pieces) { partial, initialized in
      let results = partial
      parallelRanges(count, grain: grain) {
        results[$0.lowerBound / grain] = piece($0.lowerBound, $0.count)
      }
      initialized = pieces
    }
  }

  /// What ``sumOfSquares()`` adds: the sums over each ``sumGrain`` elements.
  package func sumsOfSquares() -> [Double] {
    pieces { kernels.dot(pointer + $0, pointer + $0, $1) }
  }

  /// The sum of all elements, accumulated in double precision.
  public func sum() -> Double { reduce { kernels.sum(pointer + $0, $1) } }

  public func mean() -> Double { sum() / Double(max(count, 1)) }

  /// The sum of squares of all elements; infinite or NaN where an element is.
  public func sumOfSquares() -> Double { reduce { kernels.dot(pointer + $0, pointer + $0, $1) } }

  /// The sum of the elements' absolute values.
  public func sumOfMagnitudes() -> Double { reduce { kernels.sumOfMagnitudes(pointer + $0, $1) } }

  /// Σ a·b over all elements.
  public func dot(_ other: Tensor) -> Double {
    check(shape == other.shape, "dot of \(shape) and \(other.shape)")
    return reduce { kernels.dot(pointer + $0, other.pointer + $0, $1) }
  }

  /// Σ (a − b)² over all elements.
  public func squaredDistance(to other: Tensor) -> Double {
    check(shape == other.shape, "distance of \(shape) and \(other.shape)")
    return reduce { kernels.squaredDistance(pointer + $0, other.pointer + $0, $1) }
  }

  /// Sums over all axes but the last.
  ///
  /// - Shape: `[…, C]` → `[C]`.
  public func sumOfRows() -> Tensor {
    let columns = shape.last ?? 1
    return sumOfRows(pictures: 1, positions: count / max(columns, 1)).reshaped([columns])
  }

  /// Sums over each picture's positions.
  ///
  /// - Shape: `[N, P, C]` → `[N, C]`.
  func sumOfRows(pictures: Int, positions: Int) -> Tensor {
    let columns = shape.last ?? 1
    let grain = max(positions / 48, Self.rowGrain(columns))
    let pieces = max((positions + grain - 1) / grain, 1)
    let partial = Storage(count: pictures * pieces * columns)
    parallelFor(pictures * pieces) { i in
      let (picture, start) = (i / pieces, i % pieces * grain)
      let sum = partial.pointer + i * columns
      sum.update(repeating: 0, count: columns)
      kernels.accumulateRows(
        pointer + (picture * positions + start) * columns, sum,
        max(min(grain, positions - start), 0), columns)
    }
    return Tensor([pictures, columns]) { result in
      let columnsAtOnce = max(elementGrain / pieces, 64)
      let chunks = (columns + columnsAtOnce - 1) / columnsAtOnce
      parallelFor(pictures * chunks) { i in
        let (picture, start) = (i / chunks, i % chunks * columnsAtOnce)
        let count = min(columnsAtOnce, columns - start)
        let (sum, first) = (
          result + picture * columns + start, partial.pointer + picture * pieces * columns + start
        )
        sum.update(from: first, count: count)
        for piece in 1..<pieces { kernels.add(sum, first + piece * columns, sum, count) }
      }
    }
  }

  /// Whether every element is a finite number.
  public var isFinite: Bool {
    // Infinities and NaNs survive into a sum of squares; a huge finite one may overflow: look again.
    if sumOfSquares().isFinite { return true }
    return withUnsafeBufferPointer { $0.allSatisfy(\.isFinite) }
  }
}
