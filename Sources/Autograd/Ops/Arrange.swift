import Support
import Tensors

extension Variable {
  /// The same elements under another shape; one size may be −1.
  public func reshaped(_ newShape: [Int]) -> Variable {
    let shape = shape
    return .record("reshape", [self], reshapedForms(newShape)) { dy in [dy.reshaped(shape)] }
  }

  /// Rows that are deferred stay so where they stay whole.
  private func reshapedForms(_ newShape: [Int]) -> Forms {
    guard let rows = forms.deferred as? DeferredRows, newShape.last == shape.last else {
      return Forms(value.reshaped(newShape))
    }
    return Forms(
      rows.reshaped(Tensor.resolve(newShape, count: shape.reduce(1, *), from: shape)))
  }

  /// Reorders the axes: axis i of the result is axis `order[i]` of this variable.
  public func transposed(_ order: [Int]) -> Variable {
    let inverse = order.indices.sorted { order[$0] < order[$1] }
    return .record("transpose", [self], value.transposed(order)) { dy in [dy.transposed(inverse)] }
  }

  /// Elements `range` of one axis.
  public func slice(_ range: Range<Int>, axis: Int) -> Variable {
    let shape = shape
    return .record("slice", [self], value.slice(range, axis: axis)) { dy in
      [dy.placed(in: shape, axis: axis, at: range.lowerBound)]
    }
  }

  /// Joins variables along one axis.
  public static func concatenated(_ parts: [Variable], axis: Int) -> Variable {
    let sizes = parts.map { $0.shape[axis] }
    let value = Tensor.concatenated(parts.map(\.value), axis: axis)
    return .record("concatenate", parts, value) { dy in
      var start = 0
      return sizes.map { size in
        defer { start += size }
        return dy.slice(start..<start + size, axis: axis)
      }
    }
  }

  /// Nearest-neighbour enlargement by 2.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, 2H, 2W, C]`.
  public func upsampledNearest2x() -> Variable {
    let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
    let x = value
    let rows = DeferredRows(shape: [n, 2 * h, 2 * w, c]) { x.upsampledRows($0, into: $1) }
    return .record("upsampleNearest2x", [self], .rows(rows)) { dy in [dy.summed2x2()] }
  }

  /// Rows of a table, such as the embeddings of tokens.
  ///
  /// - Shape: `[R, C]` → `[rows.count, C]`.
  /// - Source: torch.nn.functional.embedding.
  public func rows(_ rows: [Int]) -> Variable {
    let count = shape[0]
    return .record("rows", [self], value.rows(rows)) { dy in [dy.summed(into: rows, of: count)] }
  }

  /// Repeats along the first axis.
  ///
  /// - Shape: `[1, …]` → `[times, …]`.
  public func repeated(_ times: Int) -> Variable {
    let shape = shape
    return .record("repeat", [self], value.repeated(times)) { dy in
      [dy.reshaped([times, -1]).sumOfRows().reshaped(shape)]
    }
  }

  /// This variable's samples, those with `replaced[n]` taken from `replacement` instead.
  ///
  /// - Shape: `self [N, …]`, `replacement [1, …]` → `[N, …]`.
  public func replacingSamples(_ replaced: [Bool], with replacement: Variable) -> Variable {
    let (shape, one) = (shape, replacement.shape)
    check(
      shape.first == replaced.count && one.first == 1 && one.dropFirst() == shape.dropFirst(),
      "replacing samples of \(shape) by \(one)")
    let (kept, new) = (value, replacement.value)
    let y = Tensor.concatenated(
      replaced.indices.map { replaced[$0] ? new : kept.slice($0..<$0 + 1, axis: 0) }, axis: 0)
    return .record("replaceSamples", [self, replacement], y) { dy in
      var (toKept, toNew) = ([Tensor](), Tensor(zeros: one))
      for (n, isReplaced) in replaced.enumerated() {
        let part = dy.slice(n..<n + 1, axis: 0)
        toKept.append(isReplaced ? Tensor(zeros: one) : part)
        if isReplaced { toNew.add(part) }
      }
      return [Tensor.concatenated(toKept, axis: 0), toNew]
    }
  }
}
