import Autograd
import Support
import Tensors

extension Variable {
  /// What DCCF's filters, of which these are the numbers at each pixel, make of a picture.
  ///
  /// - Shape: `[N, H, W, 12 + points + 2 + 12]`, `picture [N, H, W, 3]` in [0, 1] → `[N, H, W, 11]`: HSV's
  ///   value (1) and chroma (1), hue as a colour (3), the picture before (3) and after refinement (3).
  /// - Source: `apply_filter` in dih_model_v3.py of rockeyben/DCCF.
  package func colourFilters(_ picture: Tensor, curvePoints: Int) -> Variable {
    let numbers = value
    check(
      numbers.shape.last == PixelFilters.count(curvePoints: curvePoints)
        && numbers.shape.dropLast() == picture.shape.dropLast() && picture.shape.last == 3,
      "filters \(numbers.shape) of a picture \(picture.shape)")
    let filters = PixelFilters(curvePoints: curvePoints)
    let y = numbers.colours(filters, picture)
    return .record("colourFilters", [self], y) { dy in
      [numbers.colourGradient(filters, picture, dy)]
    }
  }
}

extension Tensor {
  fileprivate func pixel(_ i: Int) -> SIMD3<Float> {
    SIMD3(pointer[3 * i], pointer[3 * i + 1], pointer[3 * i + 2])
  }

  fileprivate func colours(_ filters: PixelFilters, _ picture: Tensor) -> Tensor {
    let (count, results) = (shape[rank - 1], PixelFilters.Result.count)
    return Tensor(
      shape.dropLast() + [results],
      rows: { pixels, y in
        for i in pixels {
          filters(picture.pixel(i), pointer + i * count)
            .write(to: y + (i - pixels.lowerBound) * results)
        }
      })
  }

  fileprivate func colourGradient(
    _ filters: PixelFilters, _ picture: Tensor, _ dy: Tensor
  ) -> Tensor {
    let (count, results) = (shape[rank - 1], PixelFilters.Result.count)
    return Tensor(
      shape,
      rows: { pixels, dx in
        dx.update(repeating: 0, count: pixels.count * count)
        for i in pixels {
          filters.pullback(
            PixelFilters.Result(dy.pointer + i * results), picture.pixel(i), pointer + i * count,
            into: dx + (i - pixels.lowerBound) * count)
        }
      })
  }
}

extension Tensor {
  /// What the filters' stages would be of pictures that are as they should be.
  ///
  /// - Shape: `[N, H, W, 3]` in [0, 1] → `[N, H, W, 11]`, as of ``Variable/colourFilters(_:curvePoints:)``.
  package var stages: Tensor {
    let results = PixelFilters.Result.count
    return Tensor(
      shape.dropLast() + [results],
      rows: { pixels, y in
        for i in pixels {
          PixelFilters.Result(wanted: pixel(i)).write(to: y + (i - pixels.lowerBound) * results)
        }
      })
  }
}
