import Support

// Operations that move elements and compute nothing.

extension Tensor {
  /// Reorders the axes: axis i of the result is axis `order[i]` of this tensor.
  public func transposed(_ order: [Int]) -> Tensor {
    check(order.sorted() == Array(0..<rank), "transposing \(shape) by \(order)")
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let newShape = order.map { shape[$0] }
    let newStrides = order.map { strides[$0] }
    guard rank > 0 else { return self }
    let inner = newShape[rank - 1]
    let innerStride = newStrides[rank - 1]
    return Tensor(newShape) { y in
      parallelRanges(count / max(inner, 1), grain: Self.rowGrain(inner)) { rows in
        for row in rows {
          var (rest, source) = (row, 0)
          for axis in stride(from: rank - 2, through: 0, by: -1) {
            source += rest % newShape[axis] * newStrides[axis]
            rest /= newShape[axis]
          }
          let (from, to) = (pointer + source, y + row * inner)
          for i in 0..<inner { to[i] = from[i * innerStride] }
        }
      }
    }
  }

  /// Elements `range` of one axis.
  public func slice(_ range: Range<Int>, axis: Int) -> Tensor {
    check(range.lowerBound >= 0 && range.upperBound <= shape[axis], "slice \(range) of \(shape)")
    var newShape = shape
    newShape[axis] = range.count
    let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
    let length = range.count * inner
    return Tensor(newShape) { y in
      parallelRanges(outer, grain: Self.rowGrain(length)) {
        for i in $0 {
          (y + i * length).update(
            from: pointer + (i * shape[axis] + range.lowerBound) * inner, count: length)
        }
      }
    }
  }

  /// Rows of a table in any order, as often as they are asked for.
  ///
  /// - Shape: `[R, C]` → `[rows.count, C]`.
  package func rows(_ rows: [Int]) -> Tensor {
    check(
      rank == 2 && rows.allSatisfy { 0..<shape[0] ~= $0 },
      "rows \(rows.min() ?? 0)...\(rows.max() ?? 0) of a table \(shape)")
    let width = shape[1]
    return Tensor([rows.count, width]) { y in
      parallelRanges(rows.count, grain: Self.rowGrain(width)) {
        for i in $0 { (y + i * width).update(from: pointer + rows[i] * width, count: width) }
      }
    }
  }

  /// Sums of this tensor's rows by the row of a table that each belongs to: the gradient of
  /// ``rows(_:)``.
  ///
  /// - Shape: `[rows.count, C]` → `[count, C]`.
  package func summed(into rows: [Int], of count: Int) -> Tensor {
    let width = shape[1]
    let result = Tensor(zeros: [count, width])
    for (i, row) in rows.enumerated() {
      kernels.add(
        result.storage.pointer + row * width, pointer + i * width,
        result.storage.pointer + row * width, width)
    }
    return result
  }

  /// Zeros of `shape` with this tensor at `start` of one axis: the gradient of a slice.
  package func placed(in shape: [Int], axis: Int, at start: Int) -> Tensor {
    let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
    let length = self.shape[axis] * inner
    let result = Tensor(zeros: shape)
    for i in 0..<outer {
      (result.storage.pointer + (i * shape[axis] + start) * inner).update(
        from: pointer + i * length, count: length)
    }
    return result
  }

  /// Joins tensors along one axis; all other sizes are equal.
  public static func concatenated(_ parts: [Tensor], axis: Int) -> Tensor {
    check(!parts.isEmpty, "concatenation of nothing")
    var shape = parts[0].shape
    shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    for part in parts {
      var expected = shape
      expected[axis] = part.shape[axis]
      check(part.shape == expected, "concatenation of \(parts.map(\.shape)) along axis \(axis)")
    }
    let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
    let total = shape[axis] * inner
    return Tensor(shape) { y in
      parallelRanges(outer, grain: rowGrain(total)) { rows in
        for i in rows {
          var to = y + i * total
          for part in parts {
            let length = part.shape[axis] * inner
            to.update(from: part.pointer + i * length, count: length)
            to += length
          }
        }
      }
    }
  }

  /// Each pixel four times: nearest-neighbour enlargement by 2.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, 2H, 2W, C]`.
  public func upsampledNearest2x() -> Tensor {
    check(rank == 4, "upsampling \(shape)")
    let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
    return Tensor([n, 2 * h, 2 * w, c], rows: upsampledRows)
  }

  /// Some pixels of ``upsampledNearest2x()``.
  package func upsampledRows(_ rows: Range<Int>, into y: UnsafeMutablePointer<Float>) {
    let (w, c) = (shape[2], shape[3])
    for row in rows {
      let (line, x) = (row / (2 * w), row % (2 * w))
      (y + (row - rows.lowerBound) * c).update(
        from: pointer + (line / 2 * w + x / 2) * c, count: c)
    }
  }

  /// Sums each 2×2 block of pixels: the gradient of ``upsampledNearest2x()``.
  package func summed2x2() -> Tensor {
    let (n, h, w, c) = (shape[0], shape[1] / 2, shape[2] / 2, shape[3])
    return Tensor([n, h, w, c]) { y in
      parallelRanges(n * h, grain: Self.rowGrain(4 * w * c)) { rows in
        for row in rows {
          let top = pointer + row * 4 * w * c
          for x in 0..<w {
            let (a, b, to) = (top + 2 * x * c, top + (2 * w + 2 * x) * c, y + (row * w + x) * c)
            for i in 0..<c { to[i] = (a[i] + a[c + i]) + (b[i] + b[c + i]) }
          }
        }
      }
    }
  }

  /// Repeats a tensor along a new or single first axis.
  ///
  /// - Shape: `[1, …]` → `[count, …]`.
  public func repeated(_ times: Int) -> Tensor {
    check(shape.first == 1, "repeating \(shape)")
    let count = count
    return Tensor([times] + shape.dropFirst()) { y in
      for i in 0..<times { (y + i * count).update(from: pointer, count: count) }
    }
  }
}

/// Exchanges the rows and columns of each of `count` matrices that follow each other.
func transposeEach(
  _ count: Int, rows: Int, columns: Int, _ x: UnsafePointer<Float>,
  into y: UnsafeMutablePointer<Float>
) {
  let size = rows * columns
  parallelRanges(count, grain: Tensor.rowGrain(size)) { range in
    for i in range { kernels.transpose(x + i * size, rows, columns, y + i * size) }
  }
}
