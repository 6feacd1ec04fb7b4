import Foundation
import Support

/// A projective map of the plane: the place in a source that a place in a result shows. Pictures reach
/// from −1 to 1 on both axes.
public struct ProjectiveMap: Sendable, Equatable {
  /// Row by row: with (a, b, c) = M · (x, y, 1), the place is (a/c, b/c).
  public let rows: [Double]

  public init(rows: [Double]) {
    check(rows.count == 9, "a projective map of \(rows.count) numbers")
    self.rows = rows
  }

  public static let identity = ProjectiveMap(rows: [1, 0, 0, 0, 1, 0, 0, 0, 1])

  /// Nil behind the horizon.
  func place(_ x: Double, _ y: Double) -> (x: Double, y: Double)? {
    let depth = rows[6] * x + rows[7] * y + rows[8]
    guard depth > 0 else { return nil }
    return (
      (rows[0] * x + rows[1] * y + rows[2]) / depth, (rows[3] * x + rows[4] * y + rows[5]) / depth
    )
  }
}

/// What a warp finds beyond a picture.
public enum WarpEdge: Sendable {
  /// Zeros.
  case zeros
  /// The nearest pixel.
  case border
}

extension Tensor {
  /// Each picture as a map shows it, bilinearly.
  ///
  /// - Shape: `[N, H, W, C]`, N maps → same.
  /// - Source: `grid_sample` of PyTorch, `align_corners` false.
  public func warped(by maps: [ProjectiveMap], edge: WarpEdge) -> Tensor {
    checkMaps(maps)
    let size = shape[1] * shape[2] * shape[3]
    return Tensor(shape) { output in
      nonisolated(unsafe) let output = output
      parallelFor(shape[0]) { n in
        (output + n * size).update(repeating: 0, count: size)
        forEachTap(maps[n], edge) { from, to, weight in
          for channel in 0..<shape[3] {
            output[n * size + to + channel] += weight * pointer[n * size + from + channel]
          }
        }
      }
    }
  }

  /// The gradient of what ``warped(by:edge:)`` was made of.
  package func warpGradient(_ maps: [ProjectiveMap], edge: WarpEdge) -> Tensor {
    checkMaps(maps)
    let size = shape[1] * shape[2] * shape[3]
    return Tensor(shape) { output in
      nonisolated(unsafe) let output = output
      parallelFor(shape[0]) { n in
        (output + n * size).update(repeating: 0, count: size)
        forEachTap(maps[n], edge) { from, to, weight in
          for channel in 0..<shape[3] {
            output[n * size + from + channel] += weight * pointer[n * size + to + channel]
          }
        }
      }
    }
  }

  private func checkMaps(_ maps: [ProjectiveMap]) {
    check(rank == 4 && maps.count == shape[0], "\(maps.count) maps for pictures of shape \(shape)")
  }

  /// Calls `body` with the first element of a pixel of the source, of one of the result, and the weight.
  private func forEachTap(
    _ map: ProjectiveMap, _ edge: WarpEdge, _ body: (Int, Int, Float) -> Void
  ) {
    let (height, width, channels) = (shape[1], shape[2], shape[3])
    func column(_ place: Double, _ count: Int) -> Double {
      let pixel = ((place + 1) * Double(count) - 1) / 2
      return edge == .border ? min(max(pixel, 0), Double(count - 1)) : pixel
    }
    for y in 0..<height {
      for x in 0..<width {
        let seen = map.place(
          Double(2 * x + 1) / Double(width) - 1, Double(2 * y + 1) / Double(height) - 1)
        guard let seen else { continue }
        let (px, py) = (column(seen.x, width), column(seen.y, height))
        // Far outside, and what does not fit into an integer.
        guard px > -1, py > -1, px < Double(width), py < Double(height) else { continue }
        let (left, top) = (Int(px.rounded(.down)), Int(py.rounded(.down)))
        let (across, down) = (Float(px - Double(left)), Float(py - Double(top)))
        let to = (y * width + x) * channels
        for (row, vertical) in [(top, 1 - down), (top + 1, down)] where (0..<height).contains(row) {
          for (place, horizontal) in [(left, 1 - across), (left + 1, across)]
          where (0..<width).contains(place) {
            body((row * width + place) * channels, to, vertical * horizontal)
          }
        }
      }
    }
  }
}
