import Datasets
import Foundation
import Pictures
import Testing

/// FiftyOne's export, folders of one's own and pairs of people and garments.
@Suite struct OtherImportTests {
  private let desk: ImportDesk

  init() throws { desk = try ImportDesk() }

  // MARK: FiftyOne

  private func sample(_ file: String, _ detections: [String], field: String = "ground_truth")
    -> String
  {
    #"{"filepath": "\#(file)", "tags": [], "\#(field)": {"_cls": "Detections", "detections": ["#
      + detections.joined(separator: ", ") + "]}}"
  }

  private func detection(_ box: String, _ rest: String = "") -> String {
    #"{"_id": {"$oid": "5f"}, "_cls": "Detection", "label": "cup", "bounding_box": \#(box)\#(rest)}"#
  }

  private func write(samples: [String]) throws {
    try desk.write("{\"samples\": [\(samples.joined(separator: ",\n"))]}", "samples.json")
  }

  @Test func fiftyOnesDetectionsBecomeBoxesAndMasks() throws {
    try desk.picture("data/a.jpg")
    try desk.picture("data/b.jpg")
    let mask = #", "mask": {"$binary": {"base64": "\#(OutlineTests.packed)", "subType": "00"}}"#
    try write(samples: [
      sample(
        "data/a.jpg", [detection("[0.1, 0.2, 0.2, 0.4]", mask), detection("[0.5, 0, 0.5, 1]")]),
      #"{"filepath": "data/b.jpg", "ground_truth": null}"#,
    ])
    let (report, records) = try desk.imported(.fiftyone)
    #expect(records.count == 1 && records[0].labels == ["cup", "cup"])
    #expect(records[0].boxes[1] == Box(50, 0, 100, 50))
    let drawn = try ImageFile.readMask(records[0].objectMasks[0] ?? "").pixels
    #expect(drawn.whiteBounds == PixelRectangle(x: 10, y: 10, width: 20, height: 20))
    #expect(drawn.pixels.count { $0 == 255 } == 300, "three quarters of the box")
    #expect(report.pictures.skipped == ["nothing_marked": 1])
  }

  @Test func whatFiftyOnesSamplesCannotSayIsCountedOrRefused() throws {
    try desk.picture("data/a.jpg")
    try write(samples: [
      sample("data/a.jpg", [detection("[0.1, 0.2, 0.2, 0.4]", #", "mask": "AAAA""#)]),
      sample("data/gone.jpg", [detection("[0.1, 0.2, 0.2, 0.4]")]),
      sample("/home/me/a.jpg", [detection("[0.1, 0.2, 0.2, 0.4]")]),
    ])
    let (report, records) = try desk.imported(.fiftyone)
    #expect(records.count == 1 && records[0].objectMasks.isEmpty)
    #expect(report.masks.skipped == ["outline_damaged": 1])
    #expect(report.pictures.skipped == ["picture_missing": 1, "path_leaves_the_folder": 1])
    for (text, message) in [
      ("{}", "samples.json: has no 'samples'"), ("{\"samples\": [3]}", "'filepath' must be a text"),
      (
        "{\"samples\": [\(sample("data/a.jpg", [detection("[1, 2]")]))]}",
        "must be [x, y, width, height]"
      ),
      (
        "{\"samples\": [\(sample("data/a.jpg", [detection(#"[1, 2, "3", 4]"#)]))]}",
        "samples[0].ground_truth.detections[0]: 'bounding_box' holds the text"
      ),
      (
        #"{"samples": [{"filepath": "data/a.jpg", "one": {"_cls": "Detections"}, "#
          + #""two": {"_cls": "Detections"}}]}"#, "one or two could be meant"
      ),
      ("{\"samples\": [{\"filepath\": \"data/a.jpg\"", "samples[0]"),
    ] {
      try desk.write(text, "samples.json")
      let refusal = desk.refusal(.fiftyone)
      #expect(refusal.contains(message), "\(refusal)")
    }
    try FileManager.default.removeItem(atPath: "\(desk.path)/samples.json")
    #expect(desk.refusal(.fiftyone).contains("samples.json"))
  }

  // MARK: Folders

  @Test func masksBesidePicturesSayWhereTheObjectIs() throws {
    for name in ["cup.jpg", "plate.jpg", "spoon.jpg"] { try desk.picture(name) }
    try desk.mask("cup_mask.png", PixelRectangle(x: 20, y: 10, width: 30, height: 20))
    try desk.mask("plate-mask.png", PixelRectangle(x: 0, y: 0, width: 1, height: 1))
    let (report, records) = try desk.imported(.folder)
    #expect(records.map(\.name) == ["cup.jpg"] && records[0].boxes == [Box(20, 10, 50, 30)])
    #expect(records[0].objectMasks[0]?.hasSuffix("/in/cup_mask.png") == true)
    #expect(records.allSatisfy { $0.references.isEmpty })
    #expect(report.pictures.skipped == ["mask_missing": 1, "nothing_marked": 1])
    // A manifest would take it for fractions.
    #expect(report.objects.skipped == ["too_small": 1] && report.assumedBoxes == 0)
  }

  @Test func picturesOfOneObjectAreReferencesOfOneAnother() throws {
    for number in 0..<7 { try desk.picture("images/\(number).png") }
    for number in 0..<6 {
      try desk.mask("masks/\(number).png", PixelRectangle(x: 20, y: 10, width: 30, height: 20))
    }
    let (report, records) = try desk.imported(.folder) { $0.showsOneObject = true }
    #expect(records.map(\.name) == (0..<6).map { "\($0).png" })
    #expect(report.pictures.skipped == ["mask_missing": 1])
    let names = records[4].references.map { String($0.picture.split(separator: "/").last ?? "") }
    #expect(names == ["5.png", "6.png", "0.png", "1.png"], "the next four, counting round")
    #expect(records[4].references.map { $0.mask == nil } == [false, true, false, false])
  }

  @Test func picturesWithoutAnyMaskAreTakenToShowTheirObjectInTheMiddle() throws {
    for number in 0..<3 { try desk.picture("\(number).jpg") }
    let (report, records) = try desk.imported(.folder)
    #expect(records.count == 3 && records[0].boxes == [Box(10, 5, 90, 45)])
    #expect(report.assumedBoxes == 3)
    #expect(
      report.table.contains("3 pictures without a mask: their box is the picture without a tenth"))
  }

  @Test func masksThatDoNotFitAreCounted() throws {
    for name in ["a.jpg", "b.jpg", "c.jpg", "d.jpg"] { try desk.picture(name) }
    try desk.mask("a_mask.png", PixelRectangle(x: 2, y: 2, width: 3, height: 3), 20, 20)
    try desk.mask("b_mask.png", nil)
    try desk.mask("c_mask.png", PixelRectangle(x: 2, y: 2, width: 3, height: 3))
    try desk.write("no picture", "d_mask.png")
    let (report, records) = try desk.imported(.folder)
    #expect(records.map(\.name) == ["c.jpg"])
    #expect(report.masks.skipped == ["outline_damaged": 2, "outline_empty": 1])
    #expect(
      report.examples.contains {
        $0.contains("a_mask.png: the mask is 20×20 pixels, its picture 100×50")
      })
  }

  @Test func aFolderWithoutPicturesIsRefused() throws {
    try desk.write("x", "notes.txt")
    #expect(desk.refusal(.folder).contains("neither it nor images/ in it holds JPEG"))
    #expect(
      desk.refusal(.folder) { $0.folder += "/nowhere" }.contains(
        "nowhere: not found; expected a folder"))
  }

  // MARK: Pairs

  @Test func peopleAndGarmentsBecomeSourcesAndReferences() throws {
    for name in ["1_00.jpg", "2_00.jpg", "3_00.jpg", "4_00.jpg"] {
      try desk.picture("train/image/\(name)")
    }
    for name in ["1_00.jpg", "2_00.jpg", "3_00.jpg"] {
      try desk.picture("train/cloth/\(name)", 30, 40)
    }
    try desk.mask(
      "train/cloth-mask/1_00.jpg", PixelRectangle(x: 3, y: 3, width: 9, height: 9), 30, 40)
    for name in ["1_00_mask.png", "2_00.png", "4_00_mask.png"] {
      try desk.mask(
        "train/agnostic-mask/\(name)", PixelRectangle(x: 20, y: 10, width: 30, height: 20))
    }
    let (report, records) = try desk.imported(.pairs)
    #expect(
      records.map(\.name) == ["1_00.jpg", "2_00.jpg"] && records.allSatisfy { $0.boxes.isEmpty })
    #expect(records[0].mask?.hasSuffix("train/agnostic-mask/1_00_mask.png") == true)
    #expect(records[0].references.map { $0.picture.hasSuffix("train/cloth/1_00.jpg") } == [true])
    #expect(records[0].references[0].mask?.hasSuffix("train/cloth-mask/1_00.jpg") == true)
    #expect(records[1].references.count == 1 && records[1].references[0].mask == nil)
    #expect(report.pictures.skipped == ["mask_missing": 1, "reference_missing": 1])
  }

  @Test func pairsWithoutTheirFoldersAreRefused() throws {
    try desk.picture("image/1.jpg")
    #expect(desk.refusal(.pairs).contains("cloth/"))
    try desk.picture("cloth/1.jpg")
    #expect(desk.refusal(.pairs).contains("agnostic-mask/ (where the garment is repainted)"))
  }
}
