/// The parts of a path. Foundation's `NSString` stops the program for a name of one letter (6.3).
extension String {
  /// What stands before the last name: empty for a name alone, `/` for one at the root.
  package var parentFolder: String {
    let path = self[...].withoutTrailingSlashes
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    let parent = path[..<slash].withoutTrailingSlashes
    return parent.isEmpty ? "/" : String(parent)
  }

  /// The last name.
  package var lastName: String {
    let path = self[...].withoutTrailingSlashes
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let start = slash.map(path.utf8.index(after:)) ?? path.startIndex
    return String(path[start...])
  }
}

extension Substring {
  fileprivate var withoutTrailingSlashes: Substring {
    let last = utf8.lastIndex { $0 != UInt8(ascii: "/") }
    let end = last.map(utf8.index(after:)) ?? startIndex
    return self[..<end]
  }
}
