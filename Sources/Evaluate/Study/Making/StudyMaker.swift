import Foundation
import Pictures
import Support
import Tensors

/// Makes a study of several runs on one bench: a page for raters, and the key to it.
public struct StudyMaker {
  public let settings: StudySettings
  public let runs: [StudyRun]
  public let bench: Bench
  /// Cases that all runs share, in the bench's order.
  public let shared: [BenchCase]
  private let progress: any ProgressReporter

  /// - Parameters:
  ///   - runs: 2 to 9, of one bench, with different names.
  ///   - bench: Where the bench is; nil for where the runs say it was.
  ///   - settings: How many groups and raters, and how pictures are shown.
  ///   - progress: Told how far it is.
  /// - Throws: ``StudyError``, ``EvaluationError``.
  public init(
    _ runs: [StudyRun], bench: URL?, settings: StudySettings,
    progress: any ProgressReporter = .silent
  ) throws {
    guard runs.count > 1 else { throw StudyError.tooFewRuns(found: runs.count) }
    guard runs.count <= 9 else { throw StudyError.tooManyRuns(found: runs.count) }
    var named: [String: StudyRun] = [:]
    for run in runs {
      if let other = named.updateValue(run, forKey: run.name) {
        throw StudyError.sameNames(name: run.name, first: other.folder, second: run.folder)
      }
    }
    (self.settings, self.runs, self.progress) = (settings, runs, progress)
    self.bench = try Bench(at: try bench ?? Self.bench(of: runs))
    shared = self.bench.cases.filter { benchCase in
      runs.allSatisfy { $0.has(benchCase.identifier) }
    }
    guard shared.count >= settings.groups else {
      throw StudyError.tooFewCases(
        wanted: settings.groups, shared: shared.count, of: runs.map(\.folder))
    }
  }

  private static func bench(of runs: [StudyRun]) throws -> URL {
    guard let run = runs.first(where: { $0.bench != nil }), let path = run.bench else {
      throw StudyError.noBench(run: runs[0].folder, bench: nil)
    }
    guard FileSystem.isFolder(path) else { throw StudyError.noBench(run: run.folder, bench: path) }
    return URL(filePath: path)
  }

  /// Draws the groups, reads their pictures and lays out the page.
  ///
  /// - Throws: ``StudyError``.
  public func make() throws -> MadeStudy {
    let methods = runs.map { StudyMethod(name: $0.name, run: $0.folder) }
    let draw = StudyDraw(settings: settings, methods: methods, cases: shared.map(\.identifier))
    let names = draw.names()
    let study = Study(
      identifier: names.study, title: settings.title, seed: settings.seed, methods: methods,
      groups: draw.groups(), raters: draw.codes(), drawing: drawing, pictures: encoding,
      bench: bench.folder.relativePath)
    let cases = Dictionary(uniqueKeysWithValues: shared.map { ($0.identifier, $0) })
    let task = progress.begin(
      "pictures", total: study.groups.count, unit: "group")
    let shown = try parallelMap(study.groups.count) { place in
      let group = study.groups[place]
      guard let benchCase = cases[group.benchCase] else { preconditionFailure("a case drawn") }
      let encoded = try encode(group, benchCase, place)
      try task.advance()
      return encoded
    }
    task.finish()
    var pictures: [String: String] = [:]
    for group in shown { pictures.merge(group.pictures) { first, _ in first } }
    let page = StudyPage(
      study: study, orders: names.orders, pictures: pictures, groups: shown.map(\.names))
    return MadeStudy(study: study, html: page.html)
  }

  private var drawing: String {
    "\(settings.groups) of the \(shared.count) cases that all runs share, each set of as many equally "
      + "likely (Philox, seed \(settings.seed)); \(settings.repeats) of them shown twice; "
      + "\(settings.attention) with one result spoiled"
  }

  private var encoding: String { settings.jpeg.map { "JPEG, quality \($0)" } ?? "PNG" }

  // MARK: Pictures

  private struct Encoded: Sendable {
    var pictures: [String: String] = [:]
    let names: StudyPage.GroupPictures
  }

  private func encode(_ group: StudyGroup, _ benchCase: BenchCase, _ place: Int) throws -> Encoded {
    try checkInputs(benchCase)
    let read = try StudyPictures(benchCase, runs)
    var pictures: [String: String] = [:]
    func add(_ picture: Image) throws -> String {
      let data = try settings.jpeg.map { try picture.jpegData(quality: $0) } ?? picture.pngData()
      // Named by what is in it, so that a picture that is shown twice is held once.
      let name = String(SHA256.hexadecimal(of: data).prefix(16))
      let kind = settings.jpeg == nil ? "png" : "jpeg"
      pictures[name] = "data:image/\(kind);base64,\(data.base64EncodedString())"
      return name
    }
    var random = RandomStream(
      seed: settings.seed, purpose: "study spoiled", index: UInt64(place))
    let results = try group.results.map { result in
      let picture =
        result.method.map { read.results[$0] } ?? read.results[0].spoiled(using: &random)
      return (result.identifier, try add(picture))
    }
    let names = StudyPage.GroupPictures(
      source: try add(read.source), reference: try add(read.reference),
      results: Dictionary(uniqueKeysWithValues: results))
    return Encoded(pictures: pictures, names: names)
  }

  /// All runs, and the bench as it is now, have the same pictures of a case.
  private func checkInputs(_ benchCase: BenchCase) throws {
    let digest = try benchCase.inputsDigest()
    for run in runs {
      guard let found = run.inputs?[benchCase.identifier], found != digest else { continue }
      throw StudyError.otherBench(
        identifier: benchCase.identifier, a: bench.folder.relativePath, b: run.folder)
    }
  }
}

/// A page and the key to it.
public struct MadeStudy: Sendable {
  public let study: Study
  public let html: String

  /// For the terminal: what was made, and what so many answers can tell.
  public func summary(page: URL) -> String {
    let groups = study.rankedGroups.count
    let differences = [study.raters.count * groups, study.raters.count, groups].map {
      NemenyiTest.criticalDifference(systems: study.methods.count, blocks: $0, level: 0.05).fixed(2)
    }
    let size = Quantity.bytes(html.utf8.count)
    let isLarge = html.utf8.count > Self.largePage && study.pictures == "PNG"
    return """
      Page for raters: \(page.relativePath) (\(size)\(isLarge ? "; JPEG makes it smaller" : ""))
      Key, for you alone: \(Self.key(page).relativePath)
      Groups: \(study.drawing).
      \(study.raters.count) codes for raters are in the key; \(page.lastPathComponent)#CODE opens the \
      page with a code filled in.
      With \(study.raters.count) raters and \(groups) groups, mean ranks are told apart that differ by \
      about \(differences[0]) if all rankings were independent, \(differences[1]) over raters alone, \
      \(differences[2]) over groups alone (Nemenyi, 5 %).
      """
  }

  private static let largePage = 100_000_000

  private static func key(_ page: URL) -> URL {
    page.deletingLastPathComponent().appending(path: "study.json")
  }

  /// Writes the page, and `study.json` beside it.
  ///
  /// - Parameter page: In a folder that exists.
  /// - Throws: ``StudyError/otherStudy(file:)`` where the key to another study lies there; `FileError`.
  public func write(page: URL) throws {
    let key = Self.key(page)
    let path = key.relativePath
    if FileSystem.exists(path), (try? Study(contentsOf: path)) != study {
      throw StudyError.otherStudy(file: path)
    }
    try writeJSON(study, to: key)
    try AtomicFile.write(Data(html.utf8), to: page.relativePath)
  }
}
