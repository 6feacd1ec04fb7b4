import Foundation
import Scenes
import Tensors
import Testing

@Suite struct ShapeTests {
  private static func individuals(_ kind: ShapeClass) -> [Shape] {
    (0..<8).map { index in
      var random = RandomStream(seed: 1, purpose: "shape", index: UInt64(index))
      return Shape(kind, using: &random)
    }
  }

  /// Directions spread evenly over the sphere (Fibonacci's lattice).
  private static let directions: [Vector] = (0..<4000).map { i in
    let y = 1 - 2 * (Float(i) + 0.5) / 4000
    let angle = 2.399963 * Double(i)
    let radius = (1 - y * y).squareRoot()
    return [radius * Float(cos(angle)), y, radius * Float(sin(angle))]
  }

  @Test(arguments: ShapeClass.allCases)
  func liesWithinItsBoundingBall(_ kind: ShapeClass) {
    for shape in Self.individuals(kind) {
      let nearest = Self.directions.map { shape.form.distance($0 * shape.bound) }.min() ?? 0
      #expect(nearest > -1e-3)
    }
  }

  @Test(arguments: ShapeClass.allCases)
  func restsOnTheGround(_ kind: ShapeClass) {
    for shape in Self.individuals(kind) {
      let lowest = Self.lowestPoint(shape)
      #expect(abs(lowest + shape.rest) < 0.02, "lowest point at \(lowest), not at −\(shape.rest)")
    }
  }

  /// Height of the first level, from below, on which there is a point of the shape.
  private static func lowestPoint(_ shape: Shape) -> Float {
    var height: Float = -1.3
    while height < 0 {
      for i in 0..<53 * 53 {
        let x = Float(i % 53 - 26) * 0.04
        let z = Float(i / 53 - 26) * 0.04
        if shape.form.distance(shape.pose.undo([x, height, z])) < 0.004 { return height }
      }
      height += 0.01
    }
    return height
  }
}
