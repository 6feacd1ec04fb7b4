import Support

extension FloatImage {
  /// The picture with `pasted` blended into it: inside the mask it has the gradients of `pasted` and meets
  /// the picture's own values all around. Beyond the picture's edge nothing is given: its gradients are
  /// those of `pasted` up to there.
  ///
  /// - Parameters:
  ///   - pasted: of the same size.
  ///   - isInside: which pixels are new, `height × width`; not all of them.
  ///   - isKnown: where `pasted` shows something; between a pixel where it does and one where it doesn't
  ///     there is no gradient. Nil: everywhere.
  /// - Source: Pérez, Gangnet, Blake: Poisson Image Editing, SIGGRAPH 2003, eq. 7 and 11 (`seamless
  ///   cloning`).
  package func blending(
    _ pasted: FloatImage, inside isInside: [Bool], known isKnown: [Bool]? = nil
  ) -> FloatImage {
    check(
      pasted.width == width && pasted.height == height && pasted.channels == channels
        && isInside.count == width * height && channels <= 4,
      "blending a picture of \(pasted.width)×\(pasted.height) into \(width)×\(height)")
    check(isInside.contains(false), "blending where nothing of the picture stays")
    guard let bounds = GrayImage(inside: isInside, width: width, height: height).whiteBounds else {
      return self
    }
    let problem = BlendingProblem(
      picture: self, pasted: pasted, isInside: isInside, isKnown: isKnown, bounds: bounds)
    return problem.solution
  }
}

extension Image {
  /// The picture with another blended into it: inside the mask it has the gradients of `pasted` and meets
  /// the picture's own colours all around.
  public func blending(
    _ pasted: Image, inside isInside: [Bool], known isKnown: [Bool]? = nil
  ) -> Image {
    func numbers(_ image: Image) -> FloatImage {
      FloatImage(
        width: image.width, height: image.height, channels: 3, pixels: image.pixels.map(Float.init))
    }
    let blended = numbers(self).blending(numbers(pasted), inside: isInside, known: isKnown)
    var result = self
    for i in isInside.indices where isInside[i] {
      for k in 3 * i..<3 * i + 3 {
        result.pixels[k] = UInt8(min(max(blended.pixels[k].rounded(), 0), 255))
      }
    }
    return result
  }
}

extension GrayImage {
  fileprivate init(inside: [Bool], width: Int, height: Int) {
    self.init(width: width, height: height, pixels: inside.map { $0 ? 255 : 0 })
  }
}

/// The equation of a blend on the mask's bounds.
private struct BlendingProblem {
  let picture: FloatImage
  let pasted: FloatImage
  let isInside: [Bool]
  let isKnown: [Bool]?
  let bounds: PixelRectangle

  var solution: FloatImage {
    let (grid, given) = equation
    let solution = PoissonField(grid)
    forEachCell(grid) { cell, pixel in solution.values[cell] = lanes(pasted, pixel) }
    PoissonSolver(grid).solve(given, solution)
    var result = picture
    forEachCell(grid) { cell, pixel in
      for c in 0..<picture.channels {
        result.pixels[pixel * picture.channels + c] = Float(solution.values[cell][c])
      }
    }
    return result
  }

  /// For each pixel inside: `Σ (f − f') = Σ (g − g')` over its neighbours in the picture; those outside
  /// the mask have the picture's values.
  private var equation: (grid: PoissonGrid, given: PoissonField) {
    var grid = PoissonGrid(width: bounds.width, height: bounds.height)
    let given = PoissonField(grid)
    forEachCell(grid) { cell, pixel in
      let (y, x) = pixel.quotientAndRemainder(dividingBy: picture.width)
      var sum = PixelLanes.zero
      for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
        let (nx, ny) = (x + dx, y + dy)
        guard 0..<picture.width ~= nx, 0..<picture.height ~= ny else { continue }
        let neighbour = ny * picture.width + nx
        grid.diagonal[cell] += 1
        if isKnown.map({ $0[pixel] && $0[neighbour] }) ?? true {
          sum += lanes(pasted, pixel) - lanes(pasted, neighbour)
        }
        if !isInside[neighbour] { sum += lanes(picture, neighbour) }
        if isInside[neighbour], dx == 1 { grid.right[cell] = 1 }
        if isInside[neighbour], dy == 1 { grid.down[cell] = 1 }
      }
      given.values[cell] = sum
    }
    return (grid, given)
  }

  private func lanes(_ image: FloatImage, _ pixel: Int) -> PixelLanes {
    var lanes = PixelLanes.zero
    for c in 0..<image.channels { lanes[c] = Double(image.pixels[pixel * image.channels + c]) }
    return lanes
  }

  private func forEachCell(_ grid: PoissonGrid, _ body: (Int, Int) -> Void) {
    for y in 0..<bounds.height {
      for x in 0..<bounds.width {
        let pixel = (bounds.y + y) * picture.width + bounds.x + x
        if isInside[pixel] { body(grid.cell(x, y), pixel) }
      }
    }
  }
}
