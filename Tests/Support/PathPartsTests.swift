import Testing

/// Parents and last names of paths, as POSIX's `dirname` and `basename` have them, but for the
/// parent of a name alone, which is empty.
@Suite struct PathPartsTests {
  @Test(arguments: [
    ("k", "", "k"), ("name", "", "name"), ("a/b", "a", "b"), ("a/b/", "a", "b"), ("/a", "/", "a"),
    ("/", "", ""), ("/a//b", "/a", "b"), ("./k", ".", "k"), ("ä/é.png", "ä", "é.png"),
  ])
  func parts(_ path: String, parent: String, name: String) {
    #expect(path.parentFolder == parent)
    #expect(path.lastName == name)
  }

  @Test func nothing() {
    #expect("".parentFolder.isEmpty && "".lastName.isEmpty)
  }
}
