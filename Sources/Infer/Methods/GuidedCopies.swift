import Foundation
import Tensors

/// How one of the copies that CLIP sees is turned and tilted.
///
/// - Source: the augmentations of Blended Diffusion: a random affine map (±15°, shifted by up to a tenth of
///   the side) with the picture's border continued, then a random perspective whose corners move inward by
///   up to 0.7 of half the side, each with probability 0.7.
package struct GuidedCopy: Sendable, Equatable {
  /// Before the tilt.
  package var turn = ProjectiveMap.identity
  package var tilt = ProjectiveMap.identity

  package init() {}

  /// - Parameters:
  ///   - angle: in radians.
  ///   - shift: of the picture's content, in sides of the picture.
  package static func turn(by angle: Double, shift: (x: Double, y: Double)) -> ProjectiveMap {
    let (c, s) = (cos(angle), sin(angle))
    // From a place in the result back: the shift undone, then the turn about the centre.
    let (dx, dy) = (2 * shift.x, 2 * shift.y)
    return ProjectiveMap(rows: [
      c, s, -(c * dx + s * dy), -s, c, s * dx - c * dy, 0, 0, 1,
    ])
  }

  /// The map that shows the whole picture in a quadrilateral.
  ///
  /// - Parameter inward: how far each corner (top left, top right, bottom right, bottom left) moves to the
  ///   picture's middle, in half sides, across and down.
  package static func tilt(inward: [(x: Double, y: Double)]) -> ProjectiveMap {
    let corners = [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)]
    var equations: [[Double]] = []
    for ((x, y), inward) in zip(corners, inward) {
      let (u, v) = (x * (1 - inward.x), y * (1 - inward.y))
      equations.append([u, v, 1, 0, 0, 0, -u * x, -v * x, x])
      equations.append([0, 0, 0, u, v, 1, -u * y, -v * y, y])
    }
    return ProjectiveMap(rows: solved(equations) + [1])
  }

  /// The first copy as it is, the others drawn.
  static func drawn(_ count: Int, using random: inout RandomStream) -> [GuidedCopy] {
    (0..<count).map { index in
      // As many numbers whatever is drawn, so that copies don't depend on one another.
      let numbers = (0..<13).map { _ in Double(random.uniform()) }
      var copy = GuidedCopy()
      guard index > 0 else { return copy }
      func signed(_ place: Int) -> Double { 2 * numbers[place] - 1 }
      if numbers[0] < 0.7 {
        let angle = signed(1) * Double.pi / 12
        copy.turn = turn(by: angle, shift: (x: 0.1 * signed(2), y: 0.1 * signed(3)))
      }
      if numbers[4] < 0.7 {
        let corners = stride(from: 5, to: 13, by: 2).map { place -> (x: Double, y: Double) in
          (0.7 * numbers[place], 0.7 * numbers[place + 1])
        }
        copy.tilt = tilt(inward: corners)
      }
      return copy
    }
  }

  /// The unknowns of linear equations, each with its right-hand side last; by elimination with pivots.
  private static func solved(_ equations: [[Double]]) -> [Double] {
    var rows = equations
    let count = rows.count
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      for row in 0..<count where row != column {
        let factor = rows[row][column] / rows[column][column]
        for place in column...count { rows[row][place] -= factor * rows[column][place] }
      }
    }
    return (0..<count).map { rows[$0][count] / rows[$0][$0] }
  }
}
