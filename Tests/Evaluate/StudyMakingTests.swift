import Evaluation
import Foundation
import Inference
import Pictures
import Support
import TestSupport
import Testing

/// `pbe-eval study make`: what is drawn, what the page holds and what it doesn't.
@Suite struct StudyMakingTests {
  private let small: SmallStudy

  init() throws { small = try SmallStudy() }

  @Test func theKeyReadsBackAsItWasWritten() throws {
    let study = try small.make()
    #expect(try Study(contentsOf: small.folder.path("study.json")) == study)
  }

  @Test func groupsAreDrawnFromTheSharedCases() throws {
    let study = try small.make()
    let ranked = study.groups.filter { $0.kind == .ranked }
    #expect(Set(ranked.map(\.benchCase)).count == 4)
    #expect(Set(ranked.map(\.benchCase)).isSubset(of: small.bench.identifiers))
    for group in study.groups {
      guard case .repeated(let first) = group.kind else { continue }
      #expect(ranked.first { $0.identifier == first }?.benchCase == group.benchCase)
    }
    let attention = study.groups.filter { $0.kind == .attention }
    #expect(attention.count == 1 && attention[0].results.count { $0.method == nil } == 1)
    // There are cases enough that it shows one of its own.
    #expect(!ranked.map(\.benchCase).contains(attention[0].benchCase))
    #expect(study.drawing.contains("4 of the 6 cases"))
    #expect(Set(study.raters).count == 3)
  }

  @Test func theSameSeedMakesTheSameBytesAndAnotherSeedOthers() throws {
    let (a, b) = (try small.maker().make(), try small.maker().make())
    #expect(a.html == b.html && a.study == b.study)
    var settings = SmallStudy.settings
    settings.seed = 6
    let c = try small.maker(settings).make()
    #expect(c.study.groups != a.study.groups && c.study.identifier != a.study.identifier)
    // Answers to one cannot be read with the key to the other.
    settings.seed = 5
    settings.groups = 3
    #expect(try small.maker(settings).make().study.identifier != a.study.identifier)
  }

  /// Neither names, nor an order that is that of the runs.
  @Test func thePageDoesNotTellMethods() throws {
    let made = try small.maker().make()
    for name in small.methods { #expect(!made.html.contains(name)) }
    #expect(!made.html.contains("spoiled"))
    let orders = made.study.groups.map { $0.results.map { $0.method ?? -1 } }
    #expect(Set(orders).count > 1)
  }

  /// The policy allows this script and this style alone, and no connection.
  @Test func thePageNeedsAndReachesNothing() throws {
    let html = try small.maker().make().html
    let policy = try #require(html.firstMatch(of: /Policy" content="([^"]*)"/)).output.1
    #expect(policy.hasPrefix("default-src 'none'; img-src data:; style-src 'sha256-"))
    #expect(!policy.contains("unsafe") && !policy.contains("connect"))
    let links = html.matches(of: /(src|href)="([^"]*)"/).map(\.output.2)
    #expect(links.allSatisfy { $0.hasPrefix("data:") }, "\(links.map { $0.prefix(40) })")
  }

  @Test func aTitleCannotEndTheScript() throws {
    var settings = SmallStudy.settings
    settings.title = "</script><b>{{data}} & \u{1F3A8}"
    let html = try small.maker(settings).make().html
    #expect(html.contains("<title>&lt;/script&gt;&lt;b&gt;{{data}} &amp; \u{1F3A8}</title>"))
    #expect(!html.contains("</script><b>"))
  }

  /// Pictures are those of the runs, bit for bit; the source has its region outlined and is otherwise
  /// itself.
  @Test func picturesAreThoseOfTheRuns() throws {
    let made = try small.maker().make()
    let data = try #require(
      made.html.firstMatch(of: /id="study">(.*?)<\/script>/.dotMatchesNewlines()))
    let page = try JSONValue(parsing: Data(data.output.1.utf8))
    guard case .object(let members) = page, case .object(let pictures)? = members["pictures"],
      case .array(let groups)? = members["groups"]
    else { return #expect(Bool(false), "no pictures") }
    func picture(_ value: JSONValue?) throws -> Image {
      guard case .string(let name)? = value, case .string(let address)? = pictures[name],
        let bytes = Data(base64Encoded: String(address.dropFirst("data:image/png;base64,".count)))
      else { throw CocoaError(.fileReadCorruptFile) }
      return try ImageFile.read(bytes, name: "page").image
    }
    for (group, value) in zip(made.study.groups, groups) where group.kind == .ranked {
      guard case .object(let shown) = value, case .array(let results)? = shown["results"] else {
        return #expect(Bool(false), "no results")
      }
      for (result, value) in zip(group.results, results) {
        guard case .object(let entry) = value, let method = result.method else { continue }
        #expect(entry["id"] == .string(result.identifier))
        let file = small.picture(small.methods[method], group.benchCase).path
        #expect(try picture(entry["picture"]) == ImageFile.read(file).image)
      }
      let position = small.bench.identifiers.firstIndex(of: group.benchCase) ?? 0
      let truth = try ImageFile.read(small.bench.file(.truth, position)).image
      let source = try picture(shown["source"])
      let changed = zip(source.pixels, truth.pixels).count { $0 != $1 } / 3
      #expect(changed > 10 && changed < 96, "\(changed) pixels of the source are outline")
    }
  }

  @Test func jpegMakesThePageSmaller() throws {
    var settings = SmallStudy.settings
    settings.jpeg = 60
    let made = try small.maker(settings).make()
    #expect(made.study.pictures == "JPEG, quality 60")
    #expect(made.html.contains("data:image/jpeg;base64,"))
    #expect(!made.html.contains("data:image/png"))
  }

  @Test func theKeyToAnotherStudyIsNotOverwritten() throws {
    _ = try small.make()
    let key = try small.folder.text("study.json")
    var settings = SmallStudy.settings
    settings.seed = 99
    let other = try small.maker(settings).make()
    #expect(throws: StudyError.otherStudy(file: small.folder.path("study.json"))) {
      try other.write(page: small.folder.file("study.html"))
    }
    #expect(try small.folder.text("study.json") == key)
    // The same study once more is no other.
    _ = try small.make()
  }
}

/// What a study cannot be made of.
@Suite struct StudyRefusalTests {
  private let small: SmallStudy

  init() throws { small = try SmallStudy() }

  @Test func casesThatOneRunLacksAreNotDrawn() throws {
    for identifier in small.bench.identifiers.prefix(2) {
      try FileManager.default.removeItem(at: small.picture("beta", identifier))
    }
    let maker = try small.maker()
    #expect(maker.shared.map(\.identifier) == Array(small.bench.identifiers.dropFirst(2)))
    var settings = SmallStudy.settings
    settings.groups = 5
    #expect(
      throws: StudyError.tooFewCases(
        wanted: 5, shared: 4, of: small.methods.map { small.folder.file($0).relativePath })
    ) { try small.maker(settings) }
  }

  @Test func resultsOfOtherSizesAreRefused() throws {
    for identifier in small.bench.identifiers {
      try Image(width: 32, height: 24).writePNG(to: small.picture("gamma", identifier).path)
    }
    let error = try #require(throws: StudyError.self) { try small.maker().make() }
    #expect(
      "\(error)".contains("have different sizes (alpha 16×12, beta 16×12, gamma 32×24)"))
  }

  @Test func aPictureThatIsNoneIsNamed() throws {
    for identifier in small.bench.identifiers {
      try Data("no picture".utf8).write(to: small.picture("beta", identifier))
    }
    let error = try #require(throws: StudyError.self) { try small.maker().make() }
    #expect("\(error)".contains("beta/0000"))
  }

  @Test func oneRunTenRunsAndTwoOfOneNameAreRefused() throws {
    let run = try StudyRun(at: small.folder.file("alpha"))
    #expect(throws: StudyError.tooFewRuns(found: 1)) {
      try StudyMaker([run], bench: small.bench.folder, settings: SmallStudy.settings)
    }
    let many = try (0..<10).map { try StudyRun(at: small.folder.file("alpha"), name: "m\($0)") }
    #expect(throws: StudyError.tooManyRuns(found: 10)) {
      try StudyMaker(many, bench: small.bench.folder, settings: SmallStudy.settings)
    }
    #expect(throws: StudyError.sameNames(name: "alpha", first: run.folder, second: run.folder)) {
      try StudyMaker([run, run], bench: small.bench.folder, settings: SmallStudy.settings)
    }
  }

  @Test func aFolderWithoutPicturesIsNoRun() throws {
    let empty = small.folder.file("empty")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    #expect(throws: StudyError.noRun(folder: empty.relativePath)) { try StudyRun(at: empty) }
    #expect(throws: StudyError.noBench(run: small.folder.file("alpha").relativePath, bench: nil)) {
      try StudyMaker(small.runs(), bench: nil, settings: SmallStudy.settings)
    }
  }

  /// Two finished runs know their bench, and what its pictures were.
  @Test func finishedRunsAreOfOneBenchThatHasNotChanged() throws {
    let outputs = try [Baseline.blurFill, .groundTruth].map { baseline in
      let output = small.folder.file("run-\(baseline.name)")
      try Evaluator(bench: small.bench.folder, output: output)
        .evaluate(with: BaselineMethod(baseline), batch: 1).write(to: output)
      return output
    }
    let runs = try outputs.map { try StudyRun(at: $0) }
    #expect(runs.map(\.name) == ["run-blur-fill", "run-ground-truth"])
    let maker = try StudyMaker(runs, bench: nil, settings: SmallStudy.settings)
    #expect(maker.shared.count == 6)
    _ = try maker.make()
    for position in 0..<6 {
      try Image(width: 16, height: 12, fill: (1, 2, 3))
        .writePNG(to: small.bench.file(.truth, position))
    }
    let error = try #require(throws: StudyError.self) { try maker.make() }
    #expect("\(error)".contains("rests on other pictures in \(outputs[0].relativePath)"))
  }
}
