import Support
import Testing

/// Names of files, keys and tensors come from strangers.
@Suite struct PrintableTests {
  @Test(arguments: [
    ("plain – 写真", "plain – 写真"),
    ("\u{1B}]0;title\u{7}", "\\x1B]0;title\\x07"),
    ("\u{9B}31m", "\\x9B31m"),
    ("a\u{7F}\u{0}b\r", "a\\x7F\\x00b\\x0D"),
    ("gpj.\u{202E}exe", "gpj.\\u202Eexe"),
    ("two\nlines\tand a tab", "two\nlines\tand a tab"),
  ])
  func nothingInATextMovesTheCursorOrTurnsTheWriting(_ text: String, _ printed: String) {
    #expect(text.printable == printed)
  }

  @Test func aNameIsOneLine() {
    #expect("a\nerror: b\t".readablePath == "a\\x0Aerror: b\\x09")
  }
}
