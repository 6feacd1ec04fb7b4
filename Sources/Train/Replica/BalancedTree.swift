/// Sums along a balanced binary tree of indices.
///
/// Sums of floating-point numbers depend on their order. Of 2ⁿ equal shares of a range, the sum of each is
/// a node of this tree, so that it does not matter how many add it up.
package enum BalancedTree {
  /// Where a range of at least two is cut: halves, the first of which is longer by one if need be.
  static func middle(_ range: Range<Int>) -> Int { range.lowerBound + (range.count + 1) / 2 }

  /// - Parameters:
  ///   - range: not empty.
  ///   - leaf: makes what is added, in order of the indices; at most one more than the tree is deep is held.
  ///   - add: adds its second argument, which follows it in order, to its first.
  package static func sum<Value>(
    _ range: Range<Int>, leaf: (Int) throws -> Value, add: (inout Value, Value) -> Void
  ) rethrows -> Value {
    guard range.count > 1 else { return try leaf(range.lowerBound) }
    let middle = middle(range)
    var result = try sum(range.lowerBound..<middle, leaf: leaf, add: add)
    add(&result, try sum(middle..<range.upperBound, leaf: leaf, add: add))
    return result
  }

  /// How many values are held at once while `count` are added.
  package static func depth(_ count: Int) -> Int {
    count > 1 ? 1 + depth((count + 1) / 2) : 1
  }
}
