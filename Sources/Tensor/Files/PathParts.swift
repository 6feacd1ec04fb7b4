/// The parts of a path. Foundation's `NSString` stops the program for a name of one letter (6.3).
extension String {
  /// What stands before the last name: empty for a name alone, `/` for one at the root.
  package var parentFolder: String {
    let path = withoutTrailingSlashes
    guard let slash = path.lastIndex(of: "/") else { return "" }
    let parent = path[..<slash].withoutTrailingSlashes
    return parent.isEmpty ? "/" : String(parent)
  }

  /// The last name.
  package var lastName: String {
    let path = withoutTrailingSlashes
    let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
    return String(path[start...])
  }
}

extension StringProtocol {
  fileprivate var withoutTrailingSlashes: SubSequence {
    let end = lastIndex { $0 != "/" }.map(index(after:)) ?? startIndex
    return self[..<end]
  }
}
