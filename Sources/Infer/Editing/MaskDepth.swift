import Pictures

extension GrayImage {
  /// For each pixel, how far it is from the nearest one that is not masked: 0 outside the mask, 1 at
  /// its border. Beyond the picture's edge there is no border.
  ///
  /// Chamfer distance, two passes with weights 1 and √2.
  package func depthInside() -> [Float] {
    let far = Float(width + height)
    var depth = pixels.map { $0 >= 128 ? far : 0 }
    func relax(_ x: Int, _ y: Int, _ dx: Int, _ dy: Int, _ cost: Float) {
      guard x + dx >= 0, x + dx < width, y + dy >= 0, y + dy < height else { return }
      let at = y * width + x
      depth[at] = min(depth[at], depth[at + dy * width + dx] + cost)
    }
    let diagonal = Float(2).squareRoot()
    for y in 0..<height {
      for x in 0..<width {
        relax(x, y, -1, 0, 1)
        relax(x, y, 0, -1, 1)
        relax(x, y, -1, -1, diagonal)
        relax(x, y, 1, -1, diagonal)
      }
    }
    for y in (0..<height).reversed() {
      for x in (0..<width).reversed() {
        relax(x, y, 1, 0, 1)
        relax(x, y, 0, 1, 1)
        relax(x, y, 1, 1, diagonal)
        relax(x, y, -1, 1, diagonal)
      }
    }
    return depth
  }

  /// How much of a new picture is seen at each pixel: 0 outside the mask, rising from its border to 1
  /// over `feather` pixels, or fewer where the mask is so thin that little of it would be seen.
  ///
  /// - Parameter depth: from ``depthInside()``.
  package func weights(depth: [Float], feather: Float) -> [Float] {
    guard feather > 0 else { return depth.map { $0 > 0 ? 1 : 0 } }
    let deepest = largest(of: depth, within: Int((3 * feather).rounded(.up)))
    return zip(depth, deepest).map { depth, deepest in
      guard depth > 0 else { return 0 }
      let fade = min(feather, (deepest - 1) / 3)
      return min(depth / (fade + 1), 1)
    }
  }

  /// Of each pixel's square surroundings, `radius` pixels to each side, the largest value.
  private func largest(of values: [Float], within radius: Int) -> [Float] {
    var (result, reach) = (values, 0)
    // Squares of squares: each pass reaches three times as far.
    while reach < min(radius, max(width, height)) {
      let step = min(2 * reach + 1, radius - reach)
      result = result.indices.map { place in
        let x = place % width
        let (left, right) = (
          x >= step ? place - step : place, x + step < width ? place + step : place
        )
        return max(result[place], result[left], result[right])
      }
      let stride = step * width
      result = result.indices.map { place in
        let (above, below) = (place - stride, place + stride)
        return max(
          result[place], above >= 0 ? result[above] : 0, below < result.count ? result[below] : 0)
      }
      reach += step
    }
    return result
  }
}
