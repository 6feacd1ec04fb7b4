import Pictures

/// How a repainted part is put back into its picture.
package struct PasteBack: Equatable, Sendable {
  /// Over how many of the picture's pixels, from the mask's border inward, the old ones fade out. At
  /// 0 nothing of them is left: the border's pixels are mixed with their neighbours outside instead,
  /// which antialiases the border.
  package var feather: Float = 0
  /// How far inward, in the picture's pixels, the new ones' colours are moved to meet those outside:
  /// after this length a third of the difference is left. At 0 they stay as they are.
  package var seamReach: Float = 0

  package init(feather: Float = 0, seamReach: Float = 0) {
    self.feather = feather
    self.seamReach = seamReach
  }
}

extension Image {
  /// Puts a repainted part back: where the mask is below 128 every pixel stays as it is.
  ///
  /// - Parameters:
  ///   - picture: of the rectangle's size.
  ///   - rectangle: holds the whole mask.
  ///   - mask: of this picture's size.
  package func pasting(
    _ picture: Image, over rectangle: PixelRectangle, mask: GrayImage, _ how: PasteBack
  ) -> Image {
    precondition(picture.width == rectangle.width && picture.height == rectangle.height)
    // One pixel more, so that a mask's border on the rectangle's edge is seen as one.
    let area = rectangle.grownByOne(width: width, height: height)
    let old = cropped(to: area)
    var new = old
    new.draw(picture, x: rectangle.x - area.x, y: rectangle.y - area.y)
    let part = mask.cropped(to: area)
    let depth = part.depthInside()
    if how.seamReach > 0 {
      let inner = PixelRectangle(
        x: rectangle.x - area.x, y: rectangle.y - area.y, width: rectangle.width,
        height: rectangle.height)
      new = new.matchingSeam(with: old, in: inner, depth: depth, reach: how.seamReach)
    }
    if how.feather == 0 {
      new = old.spreadInward(from: part).blended(
        with: new, weights: part.weights(depth: depth, feather: 1))
    }
    var result = self
    result.draw(
      old.blended(with: new, weights: part.weights(depth: depth, feather: how.feather)),
      x: area.x, y: area.y)
    return result
  }

  /// The picture that is `new` where the weight is 1, this one where it is 0, and between them in
  /// proportion: each channel is `old + weight · (new − old)`, rounded.
  package func blended(with new: Image, weights: [Float]) -> Image {
    precondition(new.width == width && new.height == height && weights.count == width * height)
    var result = self
    for (pixel, weight) in weights.enumerated() where weight > 0 {
      for place in 3 * pixel..<3 * pixel + 3 {
        let (old, new) = (Float(pixels[place]), Float(new.pixels[place]))
        result.pixels[place] = UInt8((old + weight * (new - old)).rounded())
      }
    }
    return result
  }

  /// The picture whose masked pixels beside unmasked ones have the mean colour of these.
  private func spreadInward(from mask: GrayImage) -> Image {
    var result = self
    for y in 0..<height {
      for x in 0..<width where mask.pixels[y * width + x] >= 128 {
        var (sum, count) = (SIMD3<Int>(), 0)
        for row in max(y - 1, 0)...min(y + 1, height - 1) {
          for column in max(x - 1, 0)...min(x + 1, width - 1) {
            let place = row * width + column
            guard mask.pixels[place] < 128 else { continue }
            sum &+= SIMD3(
              Int(pixels[3 * place]), Int(pixels[3 * place + 1]), Int(pixels[3 * place + 2]))
            count += 1
          }
        }
        guard count > 0 else { continue }
        for channel in 0..<3 {
          result.pixels[3 * (y * width + x) + channel] = UInt8((sum[channel] + count / 2) / count)
        }
      }
    }
    return result
  }
}

extension PixelRectangle {
  fileprivate func grownByOne(width: Int, height: Int) -> PixelRectangle {
    let (left, top) = (max(x - 1, 0), max(y - 1, 0))
    let (right, bottom) = (min(x + self.width + 1, width), min(y + self.height + 1, height))
    return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
  }
}
