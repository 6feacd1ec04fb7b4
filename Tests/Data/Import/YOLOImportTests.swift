import Datasets
import Foundation
import Pictures
import Testing

/// YOLO's layout becomes a manifest with boxes, classes and masks.
@Suite struct YOLOImportTests {
  private let desk: ImportDesk

  init() throws {
    desk = try ImportDesk()
    try desk.picture("images/train/a.jpg")
    try desk.picture("images/train/more/b.png", 40, 40)
    try desk.write("0 0.5 0.5 0.2 0.4\n1 0.1 0.2 0.3 0.2 0.3 0.6 0.1 0.6\n", "labels/train/a.txt")
    try desk.write("1 0.5 0.5 1 1\r\n\r\n", "labels/train/more/b.txt")
  }

  private func describe(_ importer: inout DatasetImporter) {
    importer.yolo.file = "\(desk.path)/data.yaml"
    importer.yolo.names = [0: "cup", 1: "dog"]
    importer.yolo.folders = [.train: ["images/train"]]
  }

  @Test func centresAndPolygonsInFractionsBecomeBoxesAndMasks() throws {
    let (report, records) = try desk.imported(.yolo, describe)
    #expect(records.map(\.name) == ["a.jpg", "b.png"])
    #expect(records[0].labels == ["cup", "dog"] && records[1].labels == ["dog"])
    let boxes = records.flatMap(\.boxes)
    for (box, expected) in zip(
      boxes, [Box(40, 15, 60, 35), Box(10, 10, 30, 30), Box(0, 0, 40, 40)])
    {
      #expect(abs(box.x0 - expected.x0) < 1e-3 && abs(box.y0 - expected.y0) < 1e-3)
      #expect(abs(box.x1 - expected.x1) < 1e-3 && abs(box.y1 - expected.y1) < 1e-3)
    }
    #expect(boxes.count == 3 && report.clippedBoxes == 0)
    #expect(records[0].objectMasks[0] == nil)
    #expect(try records[0].maskBounds(1) == PixelRectangle(x: 10, y: 10, width: 20, height: 20))
  }

  @Test func withoutADescriptionTheFoldersAndAListOfClassesWillDo() throws {
    #expect(try desk.imported(.yolo).records[0].labels == ["class 0", "class 1"])
    try desk.write("cup\ndog\n", "classes.txt")
    try FileManager.default.removeItem(atPath: desk.manifest + ".masks")
    #expect(try desk.imported(.yolo).records[0].labels == ["cup", "dog"])
    let refusal = desk.refusal(.yolo) { ($0.split, $0.writesMasks) = (.test, false) }
    #expect(refusal.contains("expected one of these in it:") && refusal.contains("images/test"))
  }

  @Test func aListOfPicturesWillDoInPlaceOfAFolder() throws {
    try desk.write("./images/train/a.jpg\n", "train.txt")
    let (_, records) = try desk.imported(.yolo) {
      describe(&$0)
      $0.yolo.folders = [.train: ["train.txt"]]
    }
    #expect(records.map(\.name) == ["a.jpg"])
    try desk.write("../a.jpg\n", "train.txt")
    let refusal = desk.refusal(.yolo) {
      $0.yolo.folders = [.train: ["train.txt"]]
      $0.writesMasks = false
    }
    #expect(refusal.contains("train.txt, line 1: \"../a.jpg\" leads out of the folder"))
  }

  @Test func foldersAreFoundAsToolsWriteThemAndNeverOutside() throws {
    for path in ["../images/train", "images/train", "./images/train"] {
      try? FileManager.default.removeItem(atPath: desk.manifest + ".masks")
      let (report, _) = try desk.imported(.yolo) {
        describe(&$0)
        $0.yolo.root = "."
        $0.yolo.folders = [.train: [path]]
      }
      #expect(report.pictures.kept == 2, "\(path)")
    }
    for path in ["/etc", "../../elsewhere", "../.."] {
      let refusal = desk.refusal(.yolo) {
        describe(&$0)
        ($0.yolo.folders, $0.writesMasks) = ([.train: [path]], false)
      }
      #expect(refusal.contains("data.yaml: \"\(path)\" leads out of"), "\(refusal)")
    }
    let other = desk.refusal(.yolo) {
      describe(&$0)
      ($0.split, $0.writesMasks) = (.test, false)
    }
    #expect(other.contains("names no pictures of the split 'test'"))
  }

  @Test func whatCannotBeUsedIsCountedAndTheRestStays() throws {
    try desk.write(
      "0 0.5 0.5 0.2 0.4\n0 0.5 0.5 0.2 0.4\n7 0.5 0.5 0.2 0.4\n0 1.4 0.5 0.1 0.1\n0 0.5 0.5 0 0.4\n"
        + "1 0.99 0.5 0.2 0.4\n", "labels/train/a.txt")
    try desk.picture("images/train/background.jpg")
    let (report, records) = try desk.imported(.yolo, describe)
    #expect(records[0].labels == ["cup", "dog"])
    #expect(report.pictures.skipped == ["nothing_marked": 1])
    #expect(
      report.objects.skipped == [
        "annotated_twice": 1, "unknown_class": 1, "outside_the_picture": 1, "inverted_or_empty": 1,
      ])
    #expect(report.clippedBoxes == 1)
    #expect(report.examples.contains { $0.contains("a.txt, line 3: no class has the number 7") })
  }

  @Test(arguments: [
    ("0 0.5 0.5 0.2", "4 numbers, expected a class and x, y, width and height"),
    ("0 0.5 0.5 0.2 0.4 0.9", "6 numbers, expected"),
    ("cup 0.5 0.5 0.2 0.4", "a field is no number"),
    ("0.5 0.5 0.5 0.2 0.4", "the class is 0.5, expected a whole number"),
    ("-1 0.5 0.5 0.2 0.4", "the class is -1"), ("1e30 0.5 0.5 0.2 0.4", "expected a whole number"),
    ("0 50 25 20 40", "50 is no fraction of the picture's sides"),
    ("0 nan 0.5 0.2 0.4", "no fraction"), ("0 inf 0.5 0.2 0.4", "no fraction"),
  ])
  func aBrokenLineIsAnErrorWithItsPlace(_ line: String, _ problem: String) throws {
    try desk.write("0 0.5 0.5 0.2 0.4\n\(line)\n", "labels/train/a.txt")
    let refusal = desk.refusal(.yolo, describe)
    #expect(refusal.contains("a.txt, line 2: ") && refusal.contains(problem), "\(refusal)")
    #expect(!desk.exists("out.jsonl") && !desk.exists("out.jsonl.masks"))
  }
}
