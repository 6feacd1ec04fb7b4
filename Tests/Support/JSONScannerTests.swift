import Support
import Testing

/// Walking through JSON of which little is wanted.
@Suite struct JSONScannerTests {
  @Test func whatIsPassedOverDoesNotDisturbWhatIsWanted() throws {
    let text = #"""
      { "info" : {"a": [1, {"b": "}]\""}], "c": null} , "id":12,"rows": [ [1,2], "x,y", -1e3 , true ],
        "last": "ü" }
      """#
    var found: [String: StrictJSON] = [:]
    var rows: [StrictJSON] = []
    try scan(text) { scanner in
      try scanner.members { scanner, key in
        switch key {
        case "info": try scanner.skip()
        case "rows": try scanner.items { rows.append(try $0.value()) }
        default: found[key] = try scanner.value()
        }
      }
      let isDone = scanner.isAtEnd()
      #expect(isDone)
    }
    #expect(found == ["id": .number(12), "last": .string("ü")])
    #expect(
      rows == [.array([.number(1), .number(2)]), .string("x,y"), .number(-1000), .bool(true)])
  }

  @Test func emptyListsAndObjectsHaveNothingToVisit() throws {
    try scan("[ ]") { try $0.items { _ in Issue.record("an item") } }
    try scan("{}") { try $0.members { _, _ in Issue.record("a member") } }
  }

  @Test(arguments: [
    (#"{"a": 1"#, "expected '}'"), (#"{"a" 1}"#, "expected ':'"),
    ("{1: 2}", "a key between quotes"),
    (#"{"a": "open"#, "no closing quote"), (#"{"a": [1, {"b": 2}"#, "ends in the middle"),
    (#"{"a": }"#, "expected a value"), ("[1, 2]", "expected '{'"),
  ])
  func damageIsNamed(_ text: String, _ problem: String) {
    let error = #expect(throws: JSONProblem.self) {
      try scan(text) { try $0.members { scanner, _ in try scanner.skip() } }
    }
    #expect(error?.problem.contains(problem) == true, "\(text): \(String(describing: error))")
  }

  private func scan(_ text: String, _ body: (inout JSONScanner) throws -> Void) throws {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      try body(&scanner)
    }
  }
}
