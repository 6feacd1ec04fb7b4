import Support
import Testing

/// JSON from strangers.
@Suite struct StrictJSONTests {
  private func problem(_ text: String, atMost count: Int) -> String? {
    let bytes = Array(text.utf8)
    let found = bytes.withUnsafeBytes { bytes in
      Result { () throws(JSONProblem) in try StrictJSON(parsing: bytes, atMost: count) }
    }
    if case .failure(let error) = found { return error.problem }
    return nil
  }

  /// A value takes far more memory than its two letters.
  @Test func moreValuesThanAreExpectedAreRefused() {
    #expect(problem("[1,2,3]", atMost: 4) == nil)
    #expect(problem("[1,2,3]", atMost: 3) == "more values than are expected here")
    #expect(problem(#"{"a":[{}],"b":null}"#, atMost: 4) == nil)
    #expect(problem(#"{"a":[{}],"b":null}"#, atMost: 3) == "more values than are expected here")
  }

  @Test func deepNestingIsRefused() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(problem(deep, atMost: .max) == "nested too deeply")
  }
}
