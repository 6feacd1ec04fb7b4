import Support

/// Solves a Poisson equation by conjugate gradients, preconditioned by one multigrid cycle.
///
/// Every sum has a fixed order and cells of one colour do not depend on each other, so that the result is
/// the same for any number of threads.
///
/// - Source: Tatebe, The multigrid preconditioned conjugate gradient method, 1993.
struct PoissonSolver {
  private let levels: [Level]

  /// A grid and the numbers that a cycle needs on it.
  private final class Level {
    let grid: PoissonGrid
    let solution: PoissonField
    let given: PoissonField
    let rest: PoissonField

    init(_ grid: PoissonGrid) {
      self.grid = grid
      solution = PoissonField(grid)
      given = PoissonField(grid)
      rest = PoissonField(grid)
    }
  }

  init(_ grid: PoissonGrid) {
    var levels = [Level(grid)]
    while let last = levels.last?.grid, max(last.width, last.height) > 2 {
      levels.append(Level(last.halved))
    }
    self.levels = levels
  }

  private var grid: PoissonGrid { levels[0].grid }

  private static let mostSteps = 1000
  private static let sweepsAtTheTop = 8

  /// - Parameters:
  ///   - b: what each cell's differences are to sum up to.
  ///   - x: where to begin; the solution afterwards.
  ///   - precision: of the residual, as a part of the largest number in it at first, or in `b`.
  /// - Returns: how many steps it took.
  @discardableResult
  func solve(_ b: PoissonField, _ x: PoissonField, precision: Double = 1e-10) -> Int {
    let (residual, direction) = (PoissonField(grid), PoissonField(grid))
    let product = PoissonField(grid)
    grid.apply(x, from: b, into: residual)
    let (wanted, wrong) = (grid.magnitude(b), grid.magnitude(residual))
    let goal = wanted.replacing(with: wrong, where: wrong .> wanted) * precision
    precondition(residual)
    let improved = levels[0].solution
    direction.copy(improved)
    var energy = grid.dot(residual, improved)
    for step in 0..<Self.mostSteps {
      if all(grid.magnitude(residual) .<= goal) { return step }
      grid.apply(direction, into: product)
      let length = Self.quotient(energy, grid.dot(direction, product))
      grid.add(direction, times: length, to: x)
      grid.add(product, times: -length, to: residual)
      precondition(residual)
      let next = grid.dot(residual, improved)
      grid.scale(direction, by: Self.quotient(next, energy), adding: improved)
      energy = next
    }
    return Self.mostSteps
  }

  /// A lane that has come to its solution stays there.
  private static func quotient(_ a: PixelLanes, _ b: PixelLanes) -> PixelLanes {
    (a / b).replacing(with: 0, where: b .<= 0)
  }

  /// One cycle for `A z = r`, symmetric: what relaxes first on the way down does so last on the way up.
  private func precondition(_ r: PoissonField) {
    levels[0].given.copy(r)
    for (level, coarser) in zip(levels, levels.dropFirst()) {
      level.solution.clear()
      for parity in [0, 1] { level.grid.relax(level.solution, level.given, parity: parity) }
      level.grid.apply(level.solution, from: level.given, into: level.rest)
      Self.gather(level, into: coarser)
    }
    if let top = levels.last {
      top.solution.clear()
      let forwards = (0..<Self.sweepsAtTheTop).flatMap { _ in [0, 1] }
      for parity in forwards + forwards.reversed() {
        top.grid.relax(top.solution, top.given, parity: parity)
      }
    }
    for (level, coarser) in zip(levels, levels.dropFirst()).reversed() {
      Self.spread(coarser, into: level)
      for parity in [1, 0] { level.grid.relax(level.solution, level.given, parity: parity) }
    }
  }

  /// Each coarse cell is given the sum of what is left over in its four.
  private static func gather(_ fine: Level, into coarse: Level) {
    let (grid, small) = (fine.grid, coarse.grid)
    small.rows { rows in
      for row in rows {
        for x in 0..<small.width {
          var sum = PixelLanes.zero
          for dy in 0..<2 where 2 * row + dy < grid.height {
            for dx in 0..<2 where 2 * x + dx < grid.width {
              let i = grid.cell(2 * x + dx, 2 * row + dy)
              if grid.diagonal[i] > 0 { sum += fine.rest.values[i] }
            }
          }
          coarse.given.values[small.cell(x, row)] = sum
        }
      }
    }
  }

  private static func spread(_ coarse: Level, into fine: Level) {
    let grid = fine.grid
    grid.rows { rows in
      for row in rows {
        for x in 0..<grid.width {
          let i = grid.cell(x, row)
          guard grid.diagonal[i] > 0 else { continue }
          fine.solution.values[i] += coarse.solution.values[coarse.grid.cell(x / 2, row / 2)]
        }
      }
    }
  }
}
