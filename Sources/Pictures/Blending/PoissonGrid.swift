import Support

/// The channels of a pixel, together.
typealias PixelLanes = SIMD4<Double>

/// A Poisson equation on some cells of a rectangle: a weighted sum of each cell's differences to its
/// neighbours and to what is given around.
///
/// Cells lie row by row with a frame of unused ones around, so that every cell has four neighbours.
struct PoissonGrid: Sendable {
  let width: Int
  let height: Int
  /// Weights of the edges to the right and below, 0 to a cell that is not solved for.
  var right: [Double]
  var down: [Double]
  /// Of all of a cell's edges, those to given values among them; 0 where nothing is solved for.
  var diagonal: [Double]

  /// Cells from one row to the next.
  var stride: Int { width + 2 }
  var count: Int { (width + 2) * (height + 2) }

  init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    right = [Double](repeating: 0, count: (width + 2) * (height + 2))
    (down, diagonal) = (right, right)
  }

  func cell(_ x: Int, _ y: Int) -> Int { (y + 1) * (width + 2) + x + 1 }

  /// Half the size, each cell standing for two by two.
  ///
  /// An edge has the sum of the weights of those that it stands for, halved: cells are twice as far
  /// apart.
  var halved: PoissonGrid {
    var coarse = PoissonGrid(width: (width + 1) / 2, height: (height + 1) / 2)
    for y in 0..<height {
      for x in 0..<width {
        let (fine, to) = (cell(x, y), coarse.cell(x / 2, y / 2))
        guard diagonal[fine] > 0 else { continue }
        let edges =
          right[fine] + right[fine - 1] + down[fine] + down[fine - stride]
        let given = diagonal[fine] - edges
        // Edges inside a coarse cell are gone: those to the right of even columns, below even rows.
        let (leftward, rightward) = (x % 2 == 0 ? right[fine - 1] : 0, x % 2 == 1 ? right[fine] : 0)
        let (upward, downward) = (
          y % 2 == 0 ? down[fine - stride] : 0, y % 2 == 1 ? down[fine] : 0
        )
        coarse.right[to] += rightward / 2
        coarse.down[to] += downward / 2
        coarse.diagonal[to] += (given + leftward + rightward + upward + downward) / 2
      }
    }
    return coarse
  }
}

/// Numbers on the cells of a grid.
final class PoissonField {
  let values: UnsafeMutableBufferPointer<PixelLanes>

  init(_ grid: PoissonGrid) {
    values = .allocate(capacity: grid.count)
    values.initialize(repeating: .zero)
  }

  deinit { values.deallocate() }

  func copy(_ other: PoissonField) { _ = values.update(fromContentsOf: other.values) }
  func clear() { values.update(repeating: .zero) }
}

extension PoissonGrid {
  /// Rows that one thread takes at a time: fixed, so that results do not depend on the threads.
  private static let cellsAtOnce = 1 << 13

  func rows(_ body: (Range<Int>) -> Void) {
    parallelRanges(height, grain: max(Self.cellsAtOnce / max(width, 1), 1), body)
  }

  /// The sum over a cell's neighbours.
  @inline(__always)
  private func around(_ x: UnsafeMutableBufferPointer<PixelLanes>, _ i: Int) -> PixelLanes {
    var sum = x[i + 1] * right[i] + x[i - 1] * right[i - 1]
    sum += x[i + stride] * down[i] + x[i - stride] * down[i - stride]
    return sum
  }

  /// `y = A x`, or `b − A x` where `b` is given.
  func apply(_ x: PoissonField, from b: PoissonField? = nil, into y: PoissonField) {
    let (source, target) = (x.values, y.values)
    rows { rows in
      for row in rows {
        for i in cell(0, row)..<cell(width, row) where diagonal[i] > 0 {
          let product = source[i] * diagonal[i] - around(source, i)
          target[i] = b.map { $0.values[i] - product } ?? product
        }
      }
    }
  }

  /// Solves for every other cell, its neighbours as they are.
  func relax(_ x: PoissonField, _ b: PoissonField, parity: Int) {
    let (target, given) = (x.values, b.values)
    rows { rows in
      for row in rows {
        let first = cell((row + parity) % 2, row)
        for i in Swift.stride(from: first, to: cell(width, row), by: 2) where diagonal[i] > 0 {
          target[i] = (given[i] + around(target, i)) / diagonal[i]
        }
      }
    }
  }

  /// Σ a · b in each lane, added up row by row.
  func dot(_ a: PoissonField, _ b: PoissonField) -> PixelLanes {
    var sums = [PixelLanes](repeating: .zero, count: height)
    sums.withUnsafeMutableBufferPointer { sums in
      rows { rows in
        for row in rows {
          for i in cell(0, row)..<cell(width, row) { sums[row] += a.values[i] * b.values[i] }
        }
      }
    }
    return sums.reduce(.zero, +)
  }

  /// `x += scale · y`
  func add(_ y: PoissonField, times scale: PixelLanes, to x: PoissonField) {
    rows { rows in
      for row in rows {
        for i in cell(0, row)..<cell(width, row) { x.values[i] += y.values[i] * scale }
      }
    }
  }

  /// `x = y + scale · x`
  func scale(_ x: PoissonField, by scale: PixelLanes, adding y: PoissonField) {
    rows { rows in
      for row in rows {
        for i in cell(0, row)..<cell(width, row) {
          x.values[i] = y.values[i] + x.values[i] * scale
        }
      }
    }
  }

  /// The largest magnitude in each lane.
  func magnitude(_ x: PoissonField) -> PixelLanes {
    x.values.reduce(.zero) { largest, value in
      let size = value.replacing(with: -value, where: value .< 0)
      return largest.replacing(with: size, where: size .> largest)
    }
  }
}
