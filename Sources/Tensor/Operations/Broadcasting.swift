import Support

/// How a second operand is spread over the first. Only what networks need, each in one fast pass.
private enum Broadcast {
  case same
  /// One value a channel, for all positions: `[C]`, or `[1, …, 1, C]`.
  case channels
  /// One row of channels for each picture: `[N, 1, …, 1, C]`.
  case picturesAndChannels(positions: Int)
  /// One tensor for all pictures: `[1, …]` or without the first axis.
  case pictures
  case scalar

  init(_ a: [Int], _ b: [Int]) {
    let significant = Array(b.drop { $0 == 1 })
    if a == b {
      self = .same
    } else if significant.isEmpty {
      self = .scalar
    } else if significant.count == 1, significant[0] == a.last {
      self = .channels
    } else if a.count == b.count, a.first == b.first, a.last == b.last,
      b.dropFirst().dropLast().allSatisfy({ $0 == 1 })
    {
      self = .picturesAndChannels(positions: a.dropFirst().dropLast().reduce(1, *))
    } else if !a.isEmpty, significant == Array(a.dropFirst()) {
      self = .pictures
    } else {
      fatalError("cannot broadcast \(b) over \(a)")
    }
  }
}

extension Tensor {
  private typealias Pairwise = (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int
  ) -> Void
  private typealias Rowwise = (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
  ) -> Void

  /// `self + other`, with `other` broadcast: a scalar, `[C]`, `[N, 1, …, C]` or `[1, …]`.
  public func adding(_ other: Tensor) -> Tensor {
    broadcast(other, kernels.add, kernels.addRow) { self.affine(1, $0) }
  }

  /// `self · other`, broadcast like ``adding(_:)``.
  public func multiplying(_ other: Tensor) -> Tensor {
    broadcast(other, kernels.multiply, kernels.multiplyRow) { self.affine($0, 0) }
  }

  private func broadcast(
    _ other: Tensor, _ pairwise: Pairwise, _ rowwise: Rowwise, _ byScalar: (Float) -> Tensor
  ) -> Tensor {
    let columns = other.shape.last ?? 1
    switch Broadcast(shape, other.shape) {
    case .same:
      return mapped { i, n, y in pairwise(pointer + i, other.pointer + i, y, n) }
    case .scalar:
      return byScalar(other.scalar)
    case .channels:
      return rows(of: columns) { rowwise($0, other.pointer, $1, $2, columns) }
    case .pictures:
      return rows(of: other.count) { rowwise($0, other.pointer, $1, $2, other.count) }
    case .picturesAndChannels(let positions):
      return Tensor(shape) { y in
        let grain = Self.rowGrain(columns)
        let pieces = (positions + grain - 1) / grain
        parallelFor(shape[0] * pieces) { i in
          let (n, start) = (i / pieces, i % pieces * grain)
          let at = (n * positions + start) * columns
          rowwise(
            pointer + at, other.pointer + n * columns, y + at, min(grain, positions - start),
            columns)
        }
      }
    }
  }

  private func rows(
    of columns: Int,
    _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensor {
    Tensor(shape) { y in
      parallelRanges(count / max(columns, 1), grain: Self.rowGrain(columns)) {
        body(pointer + $0.lowerBound * columns, y + $0.lowerBound * columns, $0.count)
      }
    }
  }

  /// Sums over what was broadcast: the gradient of a broadcast operand of that shape.
  package func summed(to target: [Int]) -> Tensor {
    switch Broadcast(shape, target) {
    case .same: return self
    case .scalar: return Tensor(full: target, Float(sum()))
    case .channels: return sumOfRows().reshaped(target)
    case .pictures: return reshaped([shape[0], -1]).sumOfRows().reshaped(target)
    case .picturesAndChannels(let positions):
      return sumOfRows(pictures: shape[0], positions: positions).reshaped(target)
    }
  }
}
