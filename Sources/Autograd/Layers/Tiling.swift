import Support

extension Variable {
  /// The batch over and over until it has `count` samples: sample n again as N + n, 2N + n, …
  ///
  /// Conditions that share a picture are computed together until they first differ.
  ///
  /// - Shape: `[N, …]` → `[count, …]`; `count` is a multiple of N.
  public func tiled(to count: Int) -> Variable {
    if shape[0] == count { return self }
    check(count % shape[0] == 0, "a batch of \(shape[0]) does not fill one of \(count)")
    return .concatenated(Array(repeating: self, count: count / shape[0]), axis: 0)
  }
}
