import Foundation
import Support
import Tensors

extension Variable {
  /// Each picture as a map shows it, bilinearly.
  ///
  /// - Shape: `[N, H, W, C]`, N maps → same.
  /// - Source: `grid_sample` of PyTorch, `align_corners` false.
  public func warped(by maps: [ProjectiveMap], edge: WarpEdge) -> Variable {
    .record("warp", [self], value.warped(by: maps, edge: edge)) { dy in
      [dy.warpGradient(maps, edge: edge)]
    }
  }

  /// A picture at another size, each pixel the mean of those that it reaches into.
  ///
  /// - Shape: `[1, H, W, C]` → `[1, height, width, C]`.
  /// - Source: `adaptive_avg_pool2d` of PyTorch.
  public func adaptivelyPooled(height: Int, width: Int) -> Variable {
    let (oldHeight, oldWidth, channels) = (shape[1], shape[2], shape[3])
    check(shape[0] == 1, "pooling \(shape), expected one picture")
    let rows = Variable(.pooling(oldHeight, to: height))
      .matrixProduct(reshaped([oldHeight, oldWidth * channels]))
    let turned = rows.reshaped([height, oldWidth, channels]).transposed([1, 0, 2])
    let columns = Variable(.pooling(oldWidth, to: width))
      .matrixProduct(turned.reshaped([oldWidth, height * channels]))
    return columns.reshaped([width, height, channels]).transposed([1, 0, 2])
      .reshaped([1, height, width, channels])
  }

  /// Twice the square of half the angle between each row and one other: the squared geodesic distance of
  /// their directions on the unit sphere, as CLIP-guided diffusion has it.
  ///
  /// - Shape: `[N, D]`, `target [D]` → `[N]`.
  /// - Source: `spherical_dist_loss` in diffusers' clip_guided_stable_diffusion.py; `d_clip_loss` in
  ///   Blended Diffusion, with its squared geodesic distance.
  public func geodesicDistance(to target: Tensor) -> Variable {
    let (count, width) = (shape[0], shape[1])
    check(target.shape == [width], "distance of \(shape) to \(target.shape)")
    let (x, t) = (value.values.map(Double.init), target.values.map(Double.init))
    let length = t.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let angles = (0..<count).map { Angle(x[$0 * width..<($0 + 1) * width], t, length) }
    let distances = Tensor([count], angles.map { Float($0.angle * $0.angle / 2) })
    return .record("geodesicDistance", [self], distances) { dy in
      let gradients = zip(angles, dy.values).flatMap { angle, scale in
        angle.gradient.map { Float($0) * scale }
      }
      return [Tensor([count, width], gradients)]
    }
  }
}

/// The angle of a row to a target.
private struct Angle {
  let angle: Double
  /// Of half its square.
  let gradient: [Double]

  init(_ row: ArraySlice<Double>, _ target: [Double], _ targetLength: Double) {
    let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let units = (row.map { $0 / length }, target.map { $0 / targetLength })
    // By the chord: the cosine has lost the last digits of small angles.
    let chord = zip(units.0, units.1).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    let angle = 2 * asin(min(chord / 2, 1))
    let cosine = 1 - chord * chord / 2
    // θ/sin θ, which is 1 at 0; opposite directions have no gradient.
    let sine = sin(angle)
    let slope = angle < 1e-4 ? 1 : sine > 1e-9 ? angle / sine : 0
    self.angle = angle
    gradient = zip(units.0, units.1).map { slope * ($0 * cosine - $1) / length }
  }
}

extension Tensor {
  /// The means of adaptive pooling as a matrix, `[new, old]`.
  fileprivate static func pooling(_ old: Int, to new: Int) -> Tensor {
    var weights = [Float](repeating: 0, count: new * old)
    for i in 0..<new {
      let range = i * old / new..<((i + 1) * old + new - 1) / new
      for j in range { weights[i * old + j] = 1 / Float(range.count) }
    }
    return Tensor([new, old], weights)
  }
}
