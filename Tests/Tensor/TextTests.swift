import Support
import Testing

/// Numbers and texts as files and messages have them.
@Suite struct TextTests {
  @Test func wholeNumbersHaveNoPointWhereAllOfThemAreExact() {
    let doubles: [Double] = [3, -0.0, 0.1, 1e17, .infinity]
    #expect(doubles.map(\.shortest) == ["3", "0", "0.1", "1e+17", "inf"])
    let floats: [Float] = [12, 0.1, 9_999_999, 1e8]
    #expect(floats.map(\.shortest) == ["12", "0.1", "9999999", "1e+08"])
  }

  @Test func jsonHasNoNumberThatIsNotFinite() {
    #expect([3.0, 1e-8, .nan, -.infinity].map(\.json) == ["3.0", "1e-08", "null", "null"])
  }

  @Test func digitsAreCountedAfterThePointOrInAll() {
    #expect([0.5, 2].map { $0.fixed(2) } == ["0.50", "2.00"])
    #expect([0.5, 1e-12, 123.4].map { $0.significant(2) } == ["0.5", "1e-12", "1.2e+02"])
  }

  /// What JSON asks for, and what else can't be seen.
  @Test func textsAreQuoted() {
    func quoted(_ text: String, _ escapes: QuoteEscapes) -> String {
      var bytes: [UInt8] = []
      bytes.append(quoted: text, escaping: escapes)
      return String(decoding: bytes, as: UTF8.self)
    }
    let text = "a \"b\" \\ \n\u{1}\u{7f}\u{2028}é🙂"
    #expect(quoted("plain", .required) == "\"plain\"")
    #expect(
      quoted(text, .required) == "\"a \\\"b\\\" \\\\ \\u000a\\u0001\u{7f}\u{2028}é🙂\"")
    #expect(
      quoted(text, .invisible) == "\"a \\\"b\\\" \\\\ \\n\\u0001\\u007f\\u2028é🙂\"")
    #expect(JSONValue.quoted(text) == quoted(text, .invisible))
  }
}
