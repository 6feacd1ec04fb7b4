import Datasets
import Foundation
import Pictures
import Support
import Testing

/// COCO's layout becomes a manifest with boxes, classes and masks.
@Suite struct COCOImportTests {
  private let desk: ImportDesk

  init() throws {
    desk = try ImportDesk()
    try desk.picture("val2017/a.jpg")
    try desk.picture("val2017/b.jpg", 10, 9)
  }

  /// - Parameter annotations: of two pictures of 100×50 and 10×9 pixels, with the ids 7 and 8.
  private func write(
    _ annotations: [String], images: [String] = [],
    to name: String = "annotations/instances_val2017.json"
  ) throws {
    let listed =
      [
        #"{"id": 7, "file_name": "a.jpg", "width": 100, "height": 50, "license": 3}"#,
        #"{"id": 8, "file_name": "b.jpg", "width": 10, "height": 9}"#,
      ] + images
    try desk.write(
      """
      {"info": {"year": 2017}, "annotations": [\(annotations.joined(separator: ",\n"))],
       "images": [\(listed.joined(separator: ", "))],
       "categories": [{"id": 1, "name": "cup", "supercategory": "kitchen"}, {"id": 3, "name": "dog"}]}
      """, name)
  }

  private func note(
    _ id: Int, of image: Int = 7, _ category: Int = 1, box: String = "[10, 5, 30, 20]",
    with rest: String = ""
  ) -> String {
    #"{"id": \#(id), "image_id": \#(image), "category_id": \#(category), "bbox": \#(box)\#(rest)}"#
  }

  @Test func boxesPolygonsAndRunsBecomeBoxesClassesAndMasks() throws {
    try write([
      note(
        1, box: "[10, 5, 30, 20]",
        with: #", "segmentation": [[10, 5, 40, 5, 40, 25, 10, 25]], "iscrowd": 0"#),
      note(
        2, of: 8, 3, box: "[0, 2, 8, 5]",
        with: #", "segmentation": {"size": [9, 10], "counts": "61X13mN000`0"}"#),
      note(3, box: "[50, 10, 20, 20.5]"),
      note(
        4, of: 8, box: "[0, 2, 8, 5]",
        with: #", "segmentation": {"size": [9, 10], "counts": [6, 1, 40, 4, 5, 4, 5, 4, 21]}"#),
    ])
    let (report, records) = try desk.imported(.coco)
    #expect(records.map(\.name) == ["a.jpg", "b.jpg"])
    #expect(records[0].boxes == [Box(10, 5, 40, 25), Box(50, 10, 70, 30.5)])
    #expect(records[0].labels == ["cup", "cup"] && records[1].labels == ["dog", "cup"])
    #expect((records[0].width, records[0].height) == (100, 50))
    #expect(try records[0].maskBounds(0) == PixelRectangle(x: 10, y: 5, width: 30, height: 20))
    #expect(records[0].objectMasks[1] == nil)
    let masks = try records[1].objectMasks.map { try ImageFile.readMask($0 ?? "").pixels }
    #expect(masks[0] == masks[1] && masks[0].pixels.count { $0 == 255 } == 13)
    #expect((report.pictures.kept, report.objects.kept, report.masks.kept) == (2, 4, 3))
    #expect(report.objectsByClass == ["cup": 3, "dog": 1] && report.examples.isEmpty)
    #expect(desk.exists("out.jsonl.report.json"))
  }

  @Test func whatCannotBeUsedIsCountedAndNamedAndTheRestStays() throws {
    try desk.write("no picture", "val2017/bad.jpg")
    try write(
      [
        note(1), note(1, box: "[0, 0, 9, 9]"), note(2, of: 99), note(3, 2),
        note(4, box: "[200, 5, 30, 20]"), note(5, box: "[10, 5, 0, 20]"),
        note(6, box: "[10, 5, -3, 20]"), note(7, box: "[80, 40, 40, 40]"),
        note(8, with: #", "iscrowd": 1, "segmentation": {"size": [50, 100], "counts": [5000]}"#),
        note(9, with: #", "segmentation": [[1, 2, 3]]"#), note(10, with: #", "segmentation": "x""#),
        note(11, with: #", "segmentation": {"size": [9, 10], "counts": "61X13mN000`0"}"#),
        note(12, with: #", "segmentation": {"size": [50, 100], "counts": "61X13mN000`0"}"#),
        note(13, with: #", "segmentation": {"size": [1e9, 1e9], "counts": [5]}"#),
        note(14, with: #", "segmentation": [[1, 1, 1.2, 1, 1.2, 1.2]]"#),
        note(15, with: #", "segmentation": []"#),
        note(16, of: 9), note(17, of: 10), note(18, of: 11), note(19, of: 12), note(20, of: 13),
      ],
      images: [
        #"{"id": 7, "file_name": "b.jpg"}"#, #"{"id": 9, "file_name": "gone.jpg"}"#,
        #"{"id": 10, "file_name": "../a.jpg"}"#, #"{"id": 11, "file_name": "/etc/passwd"}"#,
        #"{"id": 12, "file_name": "bad.jpg"}"#,
        #"{"id": 13, "file_name": "a.jpg"}"#,
      ])
    let (report, records) = try desk.imported(.coco)
    #expect(records.count == 1 && records[0].boxes.count == 9)
    #expect(
      report.pictures.skipped == [
        "named_twice": 2, "picture_missing": 1, "path_leaves_the_folder": 2,
        "picture_unreadable": 1,
        "nothing_marked": 1,
      ])
    #expect(
      report.objects.skipped == [
        "annotated_twice": 1, "unknown_picture": 1, "unknown_class": 1, "outside_the_picture": 1,
        "inverted_or_empty": 2, "crowd": 1, "picture_left_out": 5,
      ])
    #expect(report.masks.skipped == ["outline_damaged": 5, "outline_empty": 1])
    #expect(report.clippedBoxes == 1)
    #expect(report.examples.contains { $0.contains("annotations[3]: no category has the id 2") })
    #expect(report.examples.contains { $0.contains("images[2]: the id 7 comes twice") })
    #expect(report.examples.contains { $0.contains("annotations[13]: its runs") })
    #expect(report.table.contains("left out: path leaves the folder"))
  }

  @Test(arguments: [
    ("{", "instances_val2017.json: not valid JSON"), ("[1]", "expected '{'"),
    (#"{"images": []}"#, "has no 'annotations' and 'categories'; expected COCO's annotations"),
    (
      #"{"images": [{"id": "7"}], "annotations": [], "categories": []}"#,
      "images[0].id must be a whole number, found the text"
    ),
    (
      #"{"images": [{"id": 7}], "annotations": [], "categories": []}"#,
      "images[0].file_name must be a text, found nothing"
    ),
    (
      #"{"images": [{"id": 7, "file_name": "a.jpg", "width": 3}], "annotations": [], "categories": []}"#,
      "images[0].height must be a whole number"
    ),
    (
      #"{"images": [], "annotations": [], "categories": [{"id": 1e99, "name": "a"}]}"#,
      "categories[0].id must be a whole number"
    ),
    (
      #"{"images": [], "annotations": [{"id": 1, "image_id": 2, "category_id": 3, "bbox": [1, 2]}], "#
        + #""categories": [{"id": 3, "name": "a"}]}"#,
      "no picture is left"
    ),
    (
      #"{"images": [{"id": 2, "file_name": "a.jpg"}], "annotations": [{"id": 1, "image_id": 2, "#
        + #""category_id": 3, "bbox": [1, 2]}], "categories": [{"id": 3, "name": "a"}]}"#,
      "annotations[0].bbox must be [x, y, width, height], found a list of 2"
    ),
    (#"{"images": 3, "annotations": [], "categories": []}"#, "images[0]: expected '['"),
    (#"{"images": [{"id": 1 2}], "annotations": [], "categories": []}"#, "images[0]: "),
  ])
  func aFileThatIsNoneOfCOCOsIsRefused(_ text: String, _ message: String) throws {
    try desk.write(text, "annotations/instances_val2017.json")
    let refusal = desk.refusal(.coco)
    #expect(refusal.contains(message), "\(refusal)")
    #expect(!desk.exists("out.jsonl") && !desk.exists("out.jsonl.masks"))
  }

  @Test func ofSeveralFilesOneMustBeMeant() throws {
    try write([note(1)])
    try write([note(1)], to: "annotations/instances_train2017.json")
    let refusal = desk.refusal(.coco)
    #expect(refusal.contains("instances_train2017.json or instances_val2017.json could be meant"))
    #expect(try desk.imported(.coco) { $0.split = .validation }.records.count == 1)
    let file = "\(desk.path)/annotations/instances_train2017.json"
    try FileManager.default.removeItem(atPath: desk.manifest)
    try desk.picture("train2017/a.jpg")
    #expect(try desk.imported(.coco) { $0.annotations = file }.records.count == 1)
    #expect(
      desk.refusal(.coco) { $0.split = .test }.contains("no annotations found; expected one of"))
  }

  @Test func classesAndSizesAreChosen() throws {
    try write([note(1), note(2, 3), note(3, box: "[0, 0, 4, 4]")])
    let (report, records) = try desk.imported(.coco) {
      $0.filter = BoxFilter(minimumArea: 0.02, maximumArea: 0.8, classes: ["cup"])
    }
    #expect(records.map(\.labels) == [["cup"]])
    #expect(report.objects.skipped == ["other_class": 1, "too_small": 1])
    #expect(
      desk.refusal(.coco) { $0.filter.classes = ["cup", "dgo"] }.contains(
        "unknown class 'dgo' (did you mean 'dog'?)"))
  }

  /// A kill between masks and manifest leaves the masks.
  @Test func theSameImportAgainTakesTheMasksThatAreThere() throws {
    try write([note(1, with: square)])
    let first = try desk.imported(.coco).records
    try FileManager.default.removeItem(atPath: desk.manifest)
    #expect(try desk.imported(.coco).records == first)
  }

  @Test func masksOfAnEarlierImportAreNotMixedWithOthers() throws {
    try write([note(1, with: square)])
    _ = try desk.imported(.coco)
    let refusal = "out.jsonl.masks: is there already, of an earlier import with "
    try write([note(1, with: square), note(2, with: square)])
    #expect(desk.refusal(.coco).contains(refusal + "another mask or none as 0/0-1.png"))
    try write([note(1, with: square.replacing("40", with: "30"))])
    #expect(desk.refusal(.coco).contains(refusal + "another mask or none as 0/0-0.png"))
    try write([note(1)])
    #expect(desk.refusal(.coco).contains(refusal + "1 masks, and this one draws 0"))
    #expect(try desk.imported(.coco) { $0.writesMasks = false }.records[0].objectMasks.isEmpty)
  }

  private let square = #", "segmentation": [[10, 5, 40, 5, 40, 25, 10, 25]]"#
}
