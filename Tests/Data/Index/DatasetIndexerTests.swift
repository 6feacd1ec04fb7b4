import Datasets
import Foundation
import Pictures
import Support
import TestSupport
import Testing

@Suite struct DatasetIndexerTests {
  private let folder: OpenImagesFolder
  init() throws { folder = try OpenImagesFolder() }

  private func row(_ id: String, label: String = "/m/01yrx") -> String {
    OpenImagesFolder.row(id, 0.1, 0.5, 0.2, 0.8, label: label)
  }

  private func index() throws -> Dataset {
    try Dataset.open(path: "\(folder.path)/index.jsonl", split: .train)
  }

  private func names(_ dataset: Dataset) -> [String] {
    dataset.map { URL(fileURLWithPath: $0.image).deletingPathExtension().lastPathComponent }
  }

  @Test func indexIsAManifestWithSizesBoxesAndLabels() throws {
    try folder.write(
      "LabelName,DisplayName\n/m/01yrx,Cat\n/m/0x,\"Dog, small\"\n",
      to: "annotations/oidv7-class-descriptions.csv")
    try folder.table([
      row("a"), OpenImagesFolder.row("b", 0.25, 0.5, 0.5, 0.75, label: "/m/0x"), row("a"),
    ])
    try folder.picture("a")
    try folder.picture("b", orientation: 6)
    let report = try folder.indexer().run()
    #expect(
      try folder.read("index.jsonl")
        == #"{"image": "images/validation/a.jpg", "width": 100, "height": 50, "#
        + #""boxes": [[10, 10, 50, 40], [10, 10, 50, 40]], "labels": ["Cat", "Cat"]}"# + "\n"
        + #"{"image": "images/validation/b.jpg", "width": 50, "height": 100, "#
        + #""boxes": [[12.5, 25, 25, 50]], "labels": ["Dog, small"]}"# + "\n")
    #expect(report.boxesByClass == ["Cat": 2, "Dog, small": 1])
    #expect(report.rotatedPictures == 1)
  }

  @Test(arguments: [2, 3]) func ranksMakeTheIndexOfOne(_ ranks: Int) throws {
    let names = (0..<150).map { "picture\($0)" }
    try folder.table(names.map { row($0) })
    for (number, name) in names.enumerated() where number % 7 != 3 { try folder.picture(name) }
    try folder.write("no picture", to: "images/validation/picture40.jpg")
    let files = ["index.jsonl", "index.jsonl.report.json", "index.jsonl.missing.txt"]
    for most in [nil, 50] {
      var indexer = folder.indexer()
      indexer.maximumImages = most
      _ = try indexer.run()
      let expected = try files.map { try folder.read($0) }
      for file in files { try FileManager.default.removeItem(atPath: "\(folder.path)/\(file)") }
      let results = ThreadGroup(of: ranks).run { [indexer] in
        var own = indexer
        own.exchange = $0
        if $0.rank == 0 { _ = try own.run() } else { try own.assist() }
      }
      for result in results { try result.get() }
      #expect(try files.map { try folder.read($0) } == expected)
    }
  }

  @Test func aManifestNeverStandsWithoutItsReport() throws {
    try folder.table([row("a")])
    try folder.picture("a")
    let indexer = folder.indexer()
    try FileManager.default.createDirectory(
      atPath: indexer.reportPath, withIntermediateDirectories: true)
    #expect(throws: FileError.notRegular(path: indexer.reportPath)) { try indexer.run() }
    #expect(!FileManager.default.fileExists(atPath: indexer.output))
  }

  @Test func indexGivesTheSameRecordsAsTheFolder() throws {
    try folder.table((0..<100).map { row("p\($0 % 40)") })
    for i in 0..<40 { try folder.picture("p\(i)", width: 60 + i, height: 90 - i) }
    _ = try folder.indexer().run()
    let direct = try Dataset.open(path: folder.path, split: .validation)
    for (a, b) in zip(try index(), direct) {
      let (a, b) = (try a.resolved(), try b.resolved())
      #expect(a.boxes == b.boxes)
      #expect((a.width, a.height) == (b.width, b.height))
    }
  }

  @Test func missingAndUnreadablePicturesAreCountedAndListed() throws {
    try folder.table(["a", "b", "c", "d", "e"].map { row($0) } + [row("a")])
    try folder.picture("b")
    try folder.write("", to: "images/validation/c.jpg")
    try folder.write("<html>", to: "images/validation/d.jpg")
    let report = try folder.indexer().run()
    #expect(report.pictures.kept == 1)
    #expect(report.pictures.dropped == ["picture_missing": 2, "picture_unreadable": 2])
    #expect(report.boxes.dropped == ["picture_missing": 3, "picture_unreadable": 2])
    #expect(try folder.read("index.jsonl.missing.txt") == "validation/a\nvalidation/e\n")
    #expect(report.unreadable.count == 2)
    #expect(report.unreadable[0].contains("c.jpg: empty file"))
  }

  @Test func everyBoxAndPictureIsAccountedFor() throws {
    try folder.table(
      [row("a"), row("b"), row("c"), OpenImagesFolder.row("d", 0, 0.01, 0, 0.01)]
        + [OpenImagesFolder.row("a", 0.9, 0.1, 0, 1), OpenImagesFolder.row("c", -1, 0.5, 0, 0.5)])
    try folder.picture("a")
    try folder.picture("c")
    let report = try folder.indexer().run()
    #expect(report.boxes.total == 6)
    #expect(report.boxes.kept + report.boxes.dropped.values.reduce(0, +) == 6)
    #expect(report.pictures.total == 4)
    #expect(report.pictures.dropped == ["picture_missing": 1, "no_box_left": 1])
    #expect(report.clippedBoxes == 1)
  }

  @Test func reportIsStoredBesideTheIndex() throws {
    try folder.table([row("a")])
    try folder.picture("a")
    let report = try folder.indexer().run()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let stored = try decoder.decode(
      IndexReport.self, from: Data(try folder.read("index.jsonl.report.json").utf8))
    #expect(stored == report)
  }

  @Test func classesAreGivenByNameOrIdentifier() throws {
    try folder.write(
      "/m/01yrx,Cat\n/m/0bt9lr,Dog\n/m/0k4j,Car\n", to: "annotations/class-descriptions-boxable.csv"
    )
    try folder.table([row("a"), row("b", label: "/m/0bt9lr"), row("c", label: "/m/0k4j")])
    for name in ["a", "b", "c"] { try folder.picture(name) }
    var indexer = folder.indexer()
    indexer.filter.classes = ["cat", "/m/0k4j"]
    let report = try indexer.run()
    #expect(names(try index()) == ["a", "c"])
    #expect(report.boxes.dropped == ["other_class": 1])
    indexer.filter.classes = ["Catt"]
    #expect(throws: DatasetError.self) { try indexer.run() }
    #expect(
      OpenImagesFolder.message { _ = try indexer.run() }
        .hasPrefix("unknown class 'Catt' (did you mean 'Cat'?)"))
  }

  @Test func withoutClassNamesOnlyIdentifiersAreUnderstood() throws {
    try folder.table([row("a"), row("b", label: "/m/0bt9lr")])
    for name in ["a", "b"] { try folder.picture(name) }
    var indexer = folder.indexer()
    indexer.filter.classes = ["/m/0bt9lr"]
    _ = try indexer.run()
    #expect(names(try index()) == ["b"])
    indexer.filter.classes = ["Cat"]
    #expect(
      OpenImagesFolder.message { _ = try indexer.run() }.contains("oidv7-class-descriptions.csv"))
  }

  @Test func chosenPicturesDependOnTheSeedAndNotOnTheOrder() throws {
    let all = (0..<60).map { "p\($0)" }
    for name in all { try folder.picture(name) }
    func chosen(_ rows: [String], seed: UInt64) throws -> Set<String> {
      try folder.table(rows.map { row($0) })
      var indexer = folder.indexer()
      (indexer.maximumImages, indexer.seed) = (10, seed)
      let report = try indexer.run()
      #expect(report.pictures.kept == 10)
      #expect(report.pictures.dropped == ["not_selected": rows.count - 10])
      return Set(names(try index()))
    }
    let first = try chosen(all, seed: 1)
    #expect(try chosen(all.reversed(), seed: 1) == first)
    #expect(try chosen(all, seed: 2) != first)
    #expect(first != Set(all.prefix(10)))
    #expect(try chosen(all.filter { first.contains($0) || $0 < "p3" }, seed: 1) == first)
  }

  @Test func missingChosenPicturesAreListedAndThenTaken() throws {
    let all = (0..<60).map { "p\($0)" }
    try folder.table(all.map { row($0) })
    var indexer = folder.indexer()
    indexer.maximumImages = 10
    #expect(
      OpenImagesFolder.message { _ = try indexer.run() }.contains("index.jsonl.missing.txt"))
    let wanted = try folder.read("index.jsonl.missing.txt").split(separator: "\n")
      .map { String($0.dropFirst("validation/".count)) }
    #expect(wanted.count == 10)
    for name in all.prefix(5) + wanted { try folder.picture(name) }
    _ = try indexer.run()
    #expect(Set(names(try index())) == Set(wanted))
  }

  @Test func boxesInPixelsAreFilteredByThePicturesSize() throws {
    try folder.write(
      "0 0 50 50\n0 0 9 9\n0 0 99 49\n200 0 250 50\n40 5 60 70\n", to: "bbox/validation/a.txt")
    try folder.picture("a")
    let report = try folder.indexer().run()
    #expect(try index()[0].boxes == [Box(0, 0, 50, 50), Box(40, 5, 60, 50)])
    #expect(
      report.boxes.dropped == ["too_small": 1, "too_large": 1, "outside_the_picture": 1])
    #expect(report.clippedBoxes == 1)
  }

  @Test func failedRunLeavesTheOldIndexAlone() throws {
    try folder.table([row("a")])
    try folder.picture("a")
    _ = try folder.indexer().run()
    let before = try folder.read("index.jsonl")
    try folder.table([row("a"), "a,xclick"])
    #expect(throws: DatasetError.self) { try folder.indexer().run() }
    #expect(try folder.read("index.jsonl") == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 5)
  }

  @Test func pathsAreRelativeToTheIndex() throws {
    try folder.table([row("a")])
    try folder.picture("a")
    try folder.write("", to: "deep/er/x")
    var indexer = folder.indexer()
    indexer.output = "\(folder.path)/deep/er/index.jsonl"
    _ = try indexer.run()
    #expect(
      try folder.read("deep/er/index.jsonl").hasPrefix(
        #"{"image": "../../images/validation/a.jpg""#))
  }
}
