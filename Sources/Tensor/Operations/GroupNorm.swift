import Kernels
import Support

/// What the gradient of a group norm needs besides its input.
package struct GroupNormStatistics: Sendable {
  /// Per picture and group: `[N, groups]`.
  let mean: [Double]
  let inverseDeviation: [Double]
  /// The whole norm as one affine map per picture and channel: `[N, C]`.
  let scale: Tensor
  let offset: Tensor
}

extension Tensor {
  /// Group norm over a picture's positions and the channels of a group, then γ, β and (fused) SiLU.
  ///
  /// - Shape: `[N, …, C]` → same; `gamma [C]`, `beta [C]`.
  /// - Source: Wu & He, arXiv:1803.08494; torch.nn.functional.group_norm.
  package func groupNorm(
    groups: Int, _ gamma: Tensor, _ beta: Tensor, epsilon: Float, silu: Bool
  ) -> (output: Tensor, statistics: GroupNormStatistics) {
    let statistics = groupNormStatistics(groups: groups, gamma, beta, epsilon: epsilon)
    let (_, rows, channels) = picturesRowsChannels
    let output = Tensor(shape) { y in
      forEachPiece { start, count, n in
        let first = n * rows + start
        groupNormRows(statistics, silu: silu, first..<first + count, into: y + first * channels)
      }
    }
    return (output, statistics)
  }

  /// What the norm of this needs of it.
  package func groupNormStatistics(
    groups: Int, _ gamma: Tensor, _ beta: Tensor, epsilon: Float
  ) -> GroupNormStatistics {
    let (pictures, rows, channels) = picturesRowsChannels
    check(
      channels % groups == 0 && gamma.count == channels && beta.count == channels,
      "group norm of \(shape) in \(groups) groups with γ \(gamma.shape)")
    let sums = channelSums { start, count, picture, sums in
      kernels.groupSums(
        pointer + (picture * rows + start) * channels, sums, count, channels)
    }
    let perGroup = channels / groups
    let size = Double(rows * perGroup)
    var mean = [Double](repeating: 0, count: pictures * groups)
    var inverse = mean
    var scale = Tensor(zeros: [pictures, channels])
    var offset = scale
    scale.withUnsafeMutableBufferPointer { scale in
      offset.withUnsafeMutableBufferPointer { offset in
        for n in 0..<pictures {
          for g in 0..<groups {
            let range = g * perGroup..<(g + 1) * perGroup
            let base = n * 2 * channels
            let m = range.reduce(0) { $0 + sums[base + $1] } / size
            let squares = range.reduce(0) { $0 + sums[base + channels + $1] } / size
            let inv = 1 / (max(squares - m * m, 0) + Double(epsilon)).squareRoot()
            mean[n * groups + g] = m
            inverse[n * groups + g] = inv
            for c in range {
              let s = Double(gamma.pointer[c]) * inv
              scale[n * channels + c] = Float(s)
              offset[n * channels + c] = Float(Double(beta.pointer[c]) - m * s)
            }
          }
        }
      }
    }
    return GroupNormStatistics(
      mean: mean, inverseDeviation: inverse, scale: scale, offset: offset)
  }

  /// Some rows of the norm, `scale·x + offset` (and SiLU).
  package func groupNormRows(
    _ statistics: GroupNormStatistics, silu: Bool, _ range: Range<Int>,
    into y: UnsafeMutablePointer<Float>
  ) {
    let (_, rows, channels) = picturesRowsChannels
    var start = range.lowerBound
    while start < range.upperBound {
      let n = start / rows
      let end = min((n + 1) * rows, range.upperBound)
      kernels.groupNorm(
        pointer + start * channels, statistics.scale.pointer + n * channels,
        statistics.offset.pointer + n * channels, silu ? 1 : 0,
        y + (start - range.lowerBound) * channels, end - start, channels)
      start = end
    }
  }

  /// Gradients of ``groupNorm(groups:_:_:epsilon:silu:)`` with respect to input, γ and β.
  package func groupNormGradient(
    groups: Int, _ gamma: Tensor, silu: Bool, _ statistics: GroupNormStatistics, _ dy: Tensor
  ) -> (dx: Tensor, dgamma: Tensor, dbeta: Tensor) {
    let (pictures, rows, channels) = picturesRowsChannels
    let (scale, offset) = (statistics.scale, statistics.offset)
    let sums = channelSums { start, count, n, sums in
      let at = (n * rows + start) * channels
      kernels.groupNormGradientSums(
        pointer + at, scale.pointer + n * channels, offset.pointer + n * channels, silu ? 1 : 0,
        dy.pointer + at, sums, count, channels)
    }
    var dgamma = [Double](repeating: 0, count: channels)
    var dbeta = dgamma
    let size = Double(rows * (channels / groups))
    // dx = a·dz + b·x + c; see the kernel.
    let coefficients = Storage(count: pictures * 3 * channels)
    for n in 0..<pictures {
      for g in 0..<groups {
        let range = g * (channels / groups)..<(g + 1) * (channels / groups)
        let mean = statistics.mean[n * groups + g]
        let inverse = statistics.inverseDeviation[n * groups + g]
        var (s1, s2) = (0.0, 0.0)
        for c in range {
          let db = sums[n * 2 * channels + c]
          let dg = inverse * (sums[n * 2 * channels + channels + c] - mean * db)
          dbeta[c] += db
          dgamma[c] += dg
          s1 += Double(gamma.pointer[c]) * db
          s2 += Double(gamma.pointer[c]) * dg
        }
        for c in range {
          let at = n * 3 * channels + c
          let b = -inverse * inverse * s2 / size
          coefficients.pointer[at] = Float(inverse * Double(gamma.pointer[c]))
          coefficients.pointer[at + channels] = Float(b)
          coefficients.pointer[at + 2 * channels] = Float(-inverse * s1 / size - mean * b)
        }
      }
    }
    let dx = Tensor(shape) { dx in
      forEachPiece { start, count, n in
        let at = (n * rows + start) * channels
        let abc = coefficients.pointer + n * 3 * channels
        var gradient = GroupNormGradient(
          x: pointer + at, scale: scale.pointer + n * channels,
          offset: offset.pointer + n * channels, silu: silu, dy: dy.pointer + at, a: abc,
          b: abc + channels, c: abc + 2 * channels, dx: dx + at, rows: count, channels: channels)
        kernels.groupNormGradient(&gradient)
      }
    }
    return (
      dx, Tensor([channels], dgamma.map(Float.init)), Tensor([channels], dbeta.map(Float.init))
    )
  }

  /// Pictures, positions in each, channels.
  private var picturesRowsChannels: (Int, Int, Int) {
    check(rank >= 2, "group norm of shape \(shape)")
    let (pictures, channels) = (shape[0], shape[rank - 1])
    return (pictures, count / max(pictures * channels, 1), channels)
  }

  /// Runs over pieces of rows within pictures: (first row, rows, picture).
  private func forEachPiece(grain: Int? = nil, _ body: (Int, Int, Int) -> Void) {
    let (pictures, rows, channels) = picturesRowsChannels
    let grain = grain ?? Self.rowGrain(channels)
    let pieces = (rows + grain - 1) / max(grain, 1)
    parallelFor(pictures * pieces) { i in
      let start = i % pieces * grain
      body(start, min(grain, rows - start), i / pieces)
    }
  }

  /// Most pieces that a picture's sums are cut into.
  private static var sumsOfPicture: Int { 32 }
  /// Sums whose pieces are added up together.
  private static var sumsAtOnce: Int { 128 }

  /// Two sums per picture and channel, `[N, 2, C]`, added up in a fixed order.
  private func channelSums(
    _ body: (Int, Int, Int, UnsafeMutablePointer<Double>) -> Void
  ) -> PooledDoubles {
    let (pictures, rows, channels) = picturesRowsChannels
    // Fewer pieces than elsewhere, for they are added up in order.
    let grain = max(Self.rowGrain(channels), (rows + Self.sumsOfPicture - 1) / Self.sumsOfPicture)
    let pieces = (rows + grain - 1) / max(grain, 1)
    let size = 2 * channels
    let partial = PooledDoubles(count: pictures * pieces * size)
    forEachPiece(grain: grain) { start, count, n in
      let sums = partial.pointer + (n * pieces + start / grain) * size
      sums.update(repeating: 0, count: size)
      body(start, count, n, sums)
    }
    let sums = PooledDoubles(count: pictures * size)
    let chunks = (size + Self.sumsAtOnce - 1) / Self.sumsAtOnce
    parallelFor(pictures * chunks) { i in
      let (n, start) = (i / chunks, i % chunks * Self.sumsAtOnce)
      let (sum, first) = (
        sums.pointer + n * size + start, partial.pointer + n * pieces * size + start
      )
      let count = min(Self.sumsAtOnce, size - start)
      sum.update(repeating: 0, count: count)
      for piece in 0..<pieces {
        for c in 0..<count { sum[c] += first[piece * size + c] }
      }
    }
    return sums
  }
}

/// Doubles in memory from the pool, uninitialised. Arrays as large would be taken from the system, which
/// gathers what it was given back and clears pages on one thread, while all others wait.
private struct PooledDoubles {
  private let storage: Storage
  let pointer: UnsafeMutablePointer<Double>

  init(count: Int) {
    storage = Storage(count: 2 * count)
    pointer = UnsafeMutableRawPointer(storage.pointer).bindMemory(to: Double.self, capacity: count)
  }

  subscript(i: Int) -> Double { pointer[i] }
}
