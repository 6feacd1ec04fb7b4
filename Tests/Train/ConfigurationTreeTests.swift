import Foundation
import Testing
import Training

/// The YAML side of configurations: what is read, merged, refused and written back.
@Suite struct ConfigurationTreeTests {
  private let files = TemporaryFiles()

  @Test func mappingsMergeDeeplyAndListsAreReplaced() throws {
    let first = try files.write("a: {x: 1, y: [1, 2]}\nb: 3\n", "first.yaml")
    let second = try files.write("a:\n  y: [7]\n  z: 4\n", "second.yaml")
    let tree = try ConfigurationTree(files: [first, second], overrides: ["a.x=5", "c.d=[1, e]"])
    #expect(tree.yaml == "a:\n  x: 5\n  y: [7]\n  z: 4\nb: 3\nc:\n  d: [1, e]\n")
  }

  @Test func valuesKnowWhereTheyWereWritten() throws {
    let first = try files.write("# what it is\na:\n  x: 1\n", "first.yaml")
    let second = try files.write("\n\na: {y: 2}\n", "second.yaml")
    let tree = try ConfigurationTree(files: [first, second], overrides: ["a.z=3"])
    #expect(tree.root["a"]?["x"]?.position == SourcePosition(source: first, line: 3))
    #expect(tree.root["a"]?["y"]?.position == SourcePosition(source: second, line: 3))
    #expect(tree.root["a"]?["z"]?.position == .commandLine)
  }

  @Test func differencesAreNamedKeyByKey() throws {
    let given = try files.write("a: {x: 1, y: [1, 2], z: null}\nb: odd text\nc: 1\n", "given.yaml")
    let kept = try files.write("c: 1\na: {y: [1, 3], x: 1}\nd: {e: {f: 2}}\n", "kept.yaml")
    let tree = try ConfigurationTree(files: [given])
    let differences = tree.differences(from: try ConfigurationTree(files: [kept]))
    #expect(differences.map(\.key) == ["a.y", "b", "d.e.f"])
    #expect(differences.map(\.value) == ["[1, 2]", "\"odd text\"", nil])
    #expect(differences.map(\.otherValue) == ["[1, 3]", nil, "2"])
    #expect(tree.differences(from: tree).isEmpty)
  }

  @Test(arguments: [
    "a: 1e-5\nb: '1e-5'\nc: null\nd: ''\n", "a: [x, {b: [[], {}]}, \"#\", '- y', \"a: b\"]\n",
    "\"key: odd\": \"line\\nbreak \\u0001 ü \\\"\"\n'7': true\nyes: no\n", "a: |\n  two\n  lines\n",
    "a: {b: {c: [{d: 1, e: [1]}, {}]}}\n", "a: ---\nb: '...'\nc: ~\nd: -x\ne: 10000000000000\n",
    "a: plain words, with [odd] things\nb: 1_000\nc: /path/to x\n", "{}\n", "",
  ])
  func writtenYAMLReadsBackTheSame(_ text: String) throws {
    let tree = try ConfigurationTree(files: [files.write(text, "in.yaml")])
    let again = try ConfigurationTree(files: [files.write(tree.yaml, "out.yaml")])
    #expect(again == tree)
    #expect(again.yaml == tree.yaml)
  }

  /// As PyYAML and OmegaConf have it: what stands in the group wins, then what is merged first.
  @Test(arguments: [
    ("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n", "a:\n  p: 1\n  q: 2\nb:\n  p: 1\n  q: 3\n"),
    (
      "a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc:\n  <<: [*x, *y]\n",
      "a:\n  p: 1\nb:\n  p: 2\n  q: 2\nc:\n  p: 1\n  q: 2\n"
    ),
    ("'<<': 1\n", "\"<<\": 1\n"),
  ])
  func groupsAreMergedWhereTheFileSaysSo(_ text: String, _ merged: String) throws {
    let file = try files.write(text, "merge.yaml")
    #expect(try ConfigurationTree(files: [file]).yaml == merged)
  }

  @Test func onlyGroupsAreMerged() throws {
    let file = try files.write("a:\n  <<: 3\n", "merge.yaml")
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationTree(files: [file]) }
    #expect("\(error as Any)".contains("merge.yaml:2: `<<` merges a group of keys"))
  }

  @Test func aliasesAreFollowed() throws {
    let file = try files.write("a: &size [1, 2]\nb: *size\n", "alias.yaml")
    #expect(try ConfigurationTree(files: [file]).yaml == "a: [1, 2]\nb: [1, 2]\n")
  }

  @Test func aFileOfNothingButUnknownKeysIsNotExplainedKeyByKey() throws {
    let text = (0..<19_000).map { "key\($0): 1\n" }.joined()
    let file = try files.write(text, "other.yaml")
    let error = try #require(throws: ConfigurationError.self) {
      try TrainingConfiguration.load(files: [file])
    }
    #expect(error.problems.count == 101)
    #expect("\(error)".hasSuffix("18900 further keys are unknown, too"))
  }

  @Test func starsThatAreNoAliasesStay() throws {
    let text = """
      &key a: &word x*y
      *key : {no: 1}
      b: ['*word', "2 * 3", 2 * 3, *word]
      "c*": |
        *word
      d: &group {e: &one 1, f: [*one, *word]}
      g: *group
      """
    let file = try files.write(text.replacing("*key : {no: 1}\n", with: ""), "stars.yaml")
    let group = "\n  e: 1\n  f: [1, \"x*y\"]\n"
    #expect(
      try ConfigurationTree(files: [file]).yaml == """
        a: "x*y"
        b: ["*word", "2 * 3", "2 * 3", "x*y"]
        "c*": "*word\\n"
        d:\(group)g:\(group)
        """)
    let twice = try files.write(text, "twice.yaml")
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationTree(files: [twice]) }
    #expect(error?.description == "\(twice):2: the key `a` is repeated; keep one")
  }

  /// Each line stands for nine of the one before: counted before anything is compared or copied.
  @Test(arguments: ["? *a9\n: 1\n", "*a9 : 1\n", "b: {*a9 : 1}\n", "? [*a9]\n: 1\n", "b: *a9\n"])
  func aliasesOfAliasesAreCountedAtOnce(_ use: String) throws {
    let levels = (1...9).map { level in
      "a\(level): &a\(level) [\([String](repeating: "*a\(level - 1)", count: 9).joined(separator: ","))]\n"
    }
    let file = try files.write("a0: &a0 [x,x]\n" + levels.joined() + use, "bomb.yaml")
    let clock = ContinuousClock()
    let time = clock.measure {
      let error = #expect(throws: ConfigurationError.self) { try ConfigurationTree(files: [file]) }
      #expect(error?.description.contains("holds over 20000 values") == true, "\(error as Any)")
    }
    #expect(time < .seconds(1))
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3\n", "1: the key `a` is repeated further down; keep one"),
    ("a:\n\tb: 1\n", "2: a tab indents this line; YAML is indented with spaces"),
    ("a: [1, 2\nb: 3\n", "2: is no valid YAML: "),
    ("a: 1\n--- \nb: 1\n", "2: is no valid YAML: "),
    ("- 1\n- 2\n", "1: holds a list, expected keys with values"),
    ("a: 1\n? [b]\n: 1\n", "2: a key must be a word"),
    ("a: !!binary AAAA\n", "1: the YAML tag `tag:yaml.org,2002:binary` has no meaning here"),
    ("a: *b\n", "1: is no valid YAML: found undefined alias"),
    ("a: *\u{301}b\n", "1: is no valid YAML: found undefined alias"),
    ("a: 1\nb: \u{1}\n", "2: is no valid YAML: control characters are not allowed"),
  ])
  func brokenYAMLIsRefusedWithFileAndLine(_ text: String, _ message: String) throws {
    let file = try files.write(text, "broken.yaml")
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationTree(files: [file]) }
    #expect(error?.description.hasPrefix("\(file):\(message)") == true, "\(error as Any)")
    #expect(error?.isUsage == false)
  }

  @Test func textInAnotherEncodingIsRefusedWithItsLine() throws {
    let file = try files.write(Data("a: 1\nb: ".utf8) + [0xe4, 0x0a], "latin.yaml")
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationTree(files: [file]) }
    #expect(error?.description == "\(file):2: is not UTF-8 text; save it as UTF-8")
  }

  @Test func hostileFilesAreRefusedQuickly() throws {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      let uses = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      bomb += "a\(level): &a\(level) [\(uses)]\n"
    }
    let hostile = [
      try files.write(bomb, "bomb.yaml"),
      try files.write("a: " + String(repeating: "[", count: 100_000), "flow.yaml"),
      try files.write(String(repeating: "- ", count: 100_000), "block.yaml"),
      try files.write(String(repeating: "#", count: 2 << 20), "huge.yaml"),
      "/nonexistent/x.yaml", "/",
    ]
    for file in hostile {
      let error = #expect(throws: ConfigurationError.self) { try ConfigurationTree(files: [file]) }
      #expect(error?.description.hasPrefix(file) == true)
    }
    #expect(throws: ConfigurationError.self) {
      try ConfigurationTree(files: [], overrides: [String(repeating: "a.", count: 100_000) + "b=1"])
    }
  }

  @Test(arguments: ["batch_size", "=3", "a..b=1", "a.=1", "a=[1", "a={b: 1, b: 2}"])
  func brokenOverridesAreMistakesOfTheCommandLine(_ override: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try ConfigurationTree(files: [], overrides: [override])
    }
    #expect(error?.description.hasPrefix("command line: `\(override)`") == true)
    #expect(error?.isUsage == true)
  }

  @Test func allBrokenFilesAreReportedAtOnce() throws {
    let file = try files.write("a: 1\na: 2\n", "twice.yaml")
    let error = #expect(throws: ConfigurationError.self) {
      try ConfigurationTree(files: [file, "/nonexistent.yaml"], overrides: ["x"])
    }
    #expect(error?.problems.count == 3)
  }
}

/// A folder for a test's files, removed with the test.
final class TemporaryFiles: Sendable {
  let folder = FileManager.default.temporaryDirectory.appending(path: "pbe-\(UUID().uuidString)")

  func write(_ text: String, _ name: String) throws -> String {
    try write(Data(text.utf8), name)
  }

  func write(_ data: Data, _ name: String) throws -> String {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try data.write(to: folder.appending(path: name))
    return folder.appending(path: name).path
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
