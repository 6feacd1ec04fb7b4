import Foundation
import Testing
import Training

/// What OmegaConf's `${…}` stand for.
@Suite struct InterpolationTests {
  private let files = TemporaryFiles()

  private func load(_ text: String, _ overrides: String...) throws -> TrainingConfiguration.Loaded {
    try TrainingConfiguration.load(files: [files.write(text, "c.yaml")], overrides: overrides)
  }

  private func message(_ text: String) throws -> String {
    let error = #expect(throws: ConfigurationError.self) { try load(text) }
    return "\(error as Any)"
  }

  @Test func valuesTextsAndGroupsAreFollowed() throws {
    let loaded = try load(
      """
      seed: 7
      data:
        params:
          batch_size: ${validation.cases}
          train: {params: {dataset_dir: "${initialize.model}/pictures-${seed}.jsonl"}}
          validation: ${.train}
      validation: {cases: 3}
      initialize: {model: /models/a}
      """)
    let configuration = loaded.configuration
    #expect(configuration.data.batchSize == 3)
    #expect(configuration.data.train.directory == "/models/a/pictures-7.jsonl")
    #expect(configuration.data.validation.directory == "/models/a/pictures-7.jsonl")
    // What is written down stays as given, so that a later override counts for both.
    #expect(loaded.tree.yaml.contains("${validation.cases}"))
  }

  @Test func overridesCountForWhatRefersToThem() throws {
    let text = "seed: 1\nvalidation: {cases: '${seed}'}\ncheckpoint: {every: '${..seed}'}\n"
    let configuration = try load(text, "seed=9").configuration
    #expect(configuration.validation.cases == 9 && configuration.checkpoint.every == 9)
  }

  @Test func namesMayBeMadeOfReferencesAndListsHavePlaces() throws {
    let text = """
      model: {params: {first_stage_config: {params: {ddconfig: {ch_mult: [1, 2, 4]}}}}}
      validation: {cases: "${model.params.first_stage_config.params.ddconfig.ch_mult[2]}"}
      initialize: {model: cases}
      seed: "${validation.${initialize.model}}"
      """
    let configuration = try load(text).configuration
    #expect(configuration.validation.cases == 4 && configuration.seed == 4)
  }

  @Test func anEscapedReferenceIsText() throws {
    let text = #"initialize: {model: 'a\${seed}'}"#
    #expect(try load(text).configuration.initialize.model == .folder("a${seed}"))
  }

  @Test(arguments: [
    (
      "seed: ${sed}\n",
      "c.yaml:1: `seed` refers to `sed`, and there is no such key (did you mean 'seed'?)"
    ),
    ("seed: ${validation.cases}\nvalidation: {cases: '${seed}'}\n", "refers to itself: "),
    ("seed: ${seed}\n", "refers to itself"),
    ("validation: {cases: '${validation}'}\n", "refers to itself"),
    ("seed: ${oc.env:HOME}\n", "asks for the resolver `${oc.env:HOME}`, and there are none here"),
    ("seed: ${validation.cases\n", "has a `${` without its `}`"),
    ("seed: ${...seed}\n", "starts above the whole configuration"),
    (
      "validation: {cases: 1}\nseed: a${validation}\n",
      "holds a list or a group of keys within a text"
    ),
  ])
  func mistakesAreNamed(_ text: String, _ expected: String) throws {
    let found = try message(text)
    #expect(found.contains(expected), "\(found)")
  }

  /// Nine groups, each of ten references to the one before: a billion values.
  @Test func referencesCannotMakeAHugeTree() throws {
    let levels = (1...9).map { level in
      "l\(level): [\(Array(repeating: "'${l\(level - 1)}'", count: 10).joined(separator: ", "))]"
    }
    let found = try message("l0: 1\n" + levels.joined(separator: "\n"))
    #expect(found.contains("holds over 20000 values once all `${…}` are followed"))
  }

  /// 15,000 references to the next one, 100,000 within each other's names, one to a long text 15,000
  /// times: each once ended the process, or did not end.
  @Test func referencesExhaustNeitherStackNorMemory() throws {
    let chain = (0..<15_000).map { "a\($0): ${a\($0 + 1)}\n" }.joined() + "a15000: 1\n"
    #expect(try message(chain).contains("refers to a value over 64 references away"))
    let nested =
      String(repeating: "${", count: 100_000) + "b" + String(repeating: "}", count: 100_000)
    #expect(try message("a: \"\(nested)\"\n").contains("has over 8 `${…}` within one another"))
    let long = "a: \(String(repeating: "x", count: 400_000))\n"
    let repeated = "b: \"\(String(repeating: "${a}", count: 15_000))\"\n"
    #expect(try message(long + repeated).contains("holds over 20000 values"))
  }

  @Test(arguments: [[0xEF, 0xBB, 0xBF], []] as [[UInt8]])
  func marksAndCarriageReturnsDoNotMatter(_ mark: [UInt8]) throws {
    let path = try files.write("", "mac.yaml")
    try Data(mark + Array("seed: 5\rvalidation:\r  cases: 6\r".utf8)).write(to: URL(filePath: path))
    let configuration = try TrainingConfiguration.load(files: [path]).configuration
    #expect(configuration.seed == 5 && configuration.validation.cases == 6)
  }

  @Test func utf16IsRead() throws {
    let path = try files.write("", "windows.yaml")
    let text = "seed: 5\r\nvalidation: {cases: 6}\r\n"
    try Data([0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0), 0] }).write(to: URL(filePath: path))
    #expect(try TrainingConfiguration.load(files: [path]).configuration.validation.cases == 6)
  }
}
