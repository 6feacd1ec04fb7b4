import Datasets
import Foundation
import Pictures
import Support
import Testing

/// Opening an OpenImages folder for training.
@Suite struct OpenImagesTests {
  private let folder: OpenImagesFolder
  init() throws { folder = try OpenImagesFolder() }

  private func open(_ split: DatasetSplit = .validation, filter: BoxFilter = BoxFilter()) throws
    -> Dataset
  {
    try Dataset.open(path: folder.path, split: split, filter: filter)
  }

  private func openMessage() -> String { OpenImagesFolder.message { _ = try open() } }

  @Test func boxesOfAPictureComeTogetherInPixels() throws {
    try folder.table([
      OpenImagesFolder.row("a", 0.1, 0.5, 0.2, 0.8), OpenImagesFolder.row("b", 0, 0.5, 0, 0.5),
      OpenImagesFolder.row("a", 0.5, 1, 0.5, 1, label: "/m/0bt9lr"),
    ])
    try folder.picture("a")
    try folder.picture("b")
    let dataset = try open()
    #expect(dataset.count == 2)
    let record = try dataset[0].resolved()
    #expect(record.image == "\(folder.path)/images/validation/a.jpg")
    #expect(record.boxes == [Box(10, 10, 50, 40), Box(50, 25, 100, 50)])
    #expect(record.labels == ["/m/01yrx", "/m/0bt9lr"])
    #expect((record.width, record.height) == (100, 50))
  }

  @Test func columnsAreFoundByName() throws {
    try folder.write(
      "YMax,YMin,Extra,ImageID,XMax,XMin,LabelName\n0.8,0.2,\"x,\"\"y\n\",a,0.5,0.1,/m/1\n",
      to: "annotations/validation-annotations-bbox.csv")
    try folder.picture("a")
    #expect(try open()[0].resolved().boxes == [Box(10, 10, 50, 40)])
  }

  @Test func lineEndsQuotesAndByteOrderMarkDoNotMatter() throws {
    let rows = ["\"a\",xclick,\"/m/1\",1,\"0.1\",0.5,0.2,0.8,0,0,0,0,0", "", "a,,,,0,1,0,0.5,,,,,"]
    let text = "\u{FEFF}" + ([OpenImagesFolder.header] + rows).joined(separator: "\r\n")
    try folder.write(text, to: "annotations/validation-annotations-bbox.csv")
    try folder.picture("a")
    #expect(try open()[0].resolved().boxes == [Box(10, 10, 50, 40), Box(0, 0, 100, 25)])
  }

  @Test func tablesOfOldMacsAndWindowsAreRead() throws {
    let text = OpenImagesFolder.header + "\n" + OpenImagesFolder.row("a", 0.1, 0.5, 0.2, 0.8) + "\n"
    try folder.write(
      text.replacing("\n", with: "\r"), to: "annotations/Validation-Annotations-BBox.CSV")
    try folder.picture("a")
    #expect(try open()[0].resolved().boxes == [Box(10, 10, 50, 40)])
    try folder.write(
      Data([0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0), 0] }),
      to: "annotations/validation-annotations-bbox.csv")
    #expect(try open()[0].resolved().boxes == [Box(10, 10, 50, 40)])
  }

  @Test func missingColumnsAreAllNamed() throws {
    try folder.write(
      "ImageID,LabelName,Xmin,XMax,YMin\n", to: "annotations/validation-annotations-bbox.csv")
    let message = openMessage()
    #expect(message.contains("validation-annotations-bbox.csv, line 1"))
    #expect(message.contains("'XMin' (did you mean 'Xmin'?), 'YMax'"))
  }

  @Test(arguments: [
    ("a,xclick,/m/1,1,zero,0.5,0.2,0.8", "XMin is 'zero', expected a number"),
    ("a,xclick,/m/1,1,,0.5,0.2,0.8", "XMin is '', expected a number"),
    ("a,xclick,/m/1,1,0.1,0.5", "6 fields, where the header has at least 8"),
  ])
  func brokenRowIsAnErrorWithItsLine(_ row: String, _ problem: String) throws {
    try folder.table([OpenImagesFolder.row("a", 0.1, 0.5, 0.2, 0.8), row])
    #expect(openMessage().contains("line 3: \(problem)"))
  }

  @Test func defectiveBoxesAreCountedByReason() throws {
    try folder.table([
      OpenImagesFolder.row("a", 0.5, 0.1, 0.2, 0.8), OpenImagesFolder.row("a", 0.1, 0.5, 0.8, 0.8),
      OpenImagesFolder.row("a", 1.1, 1.5, 0.2, 0.8), OpenImagesFolder.row("a", .nan, 0.5, 0, 1),
      OpenImagesFolder.row("a", 0, 0.1, 0, 0.19), OpenImagesFolder.row("a", 0, 1, 0, 0.81),
      OpenImagesFolder.row("a", -0.5, 0.5, 0.5, 1.5),
    ])
    try folder.picture("a")
    let dataset = try open()
    #expect(try dataset[0].resolved().boxes == [Box(0, 25, 50, 50)])
    #expect(
      dataset.tally.boxes.dropped == [
        .inverted: 2, .outside: 1, .notANumber: 1, .tooSmall: 1, .tooLarge: 1,
      ])
    #expect(dataset.tally.clippedBoxes == 1)
    #expect(dataset.tally.boxes.total == 7)
  }

  /// Fantasy-Studio/Paint-by-Example, scripts/read_bbox.py: neither < 0.02 nor > 0.8.
  @Test func areaLimitsAreTheOfficialOnes() throws {
    try folder.table([
      OpenImagesFolder.row("a", 0, 0.1, 0, 0.2), OpenImagesFolder.row("a", 0, 1, 0, 0.8),
      OpenImagesFolder.row("a", 0, 0.1, 0, 0.1999), OpenImagesFolder.row("a", 0, 1, 0, 0.8001),
    ])
    try folder.picture("a")
    #expect(try open()[0].boxes.count == 2)
  }

  @Test func trainingPicturesLieByFirstDigitOrTogether() throws {
    try folder.table(
      ["0a", "fb", "7c"].map { OpenImagesFolder.row($0, 0, 0.5, 0, 0.5) }, split: "train")
    try folder.picture("0a", in: "train_0")
    try folder.picture("fb", in: "train_f")
    try folder.picture("7c", in: "train")
    let names = try open(.train).map { $0.image.dropFirst("\(folder.path)/images/".count) }
    #expect(names == ["train_0/0a.jpg", "train_f/fb.jpg", "train/7c.jpg"])
  }

  @Test func missingPicturesAreCounted() throws {
    try folder.table(["a", "b", "c"].map { OpenImagesFolder.row($0, 0, 0.5, 0, 0.5) })
    try folder.picture("b")
    let tally = try open().tally
    #expect(tally.pictures.kept == 1)
    #expect(tally.pictures.dropped == [.missing: 2])
    #expect(tally.boxes.dropped == [.missing: 2])
  }

  @Test func noPictureAtAllIsAnErrorThatNamesTheFolder() throws {
    try folder.table([OpenImagesFolder.row("a", 0, 0.5, 0, 0.5)])
    #expect(openMessage().contains("lies in images/validation"))
  }

  @Test func folderWithoutAnnotationsIsAnErrorThatNamesThem() throws {
    #expect(openMessage().contains("annotations/validation-annotations-bbox.csv"))
    #expect(openMessage().contains("bbox/validation/ID.txt"))
    let nowhere = OpenImagesFolder.message {
      _ = try Dataset.open(path: folder.path + "/nowhere", split: .train)
    }
    #expect(nowhere.contains("nowhere: not found"))
  }

  @Test func textFilesOfTheOfficialCodeAreRead() throws {
    try folder.write("10.5 10 50.25 40.0\n0 0 30 30\n", to: "bbox/train_3/3b.txt")
    try folder.picture("3b", in: "train_3")
    let record = try open(.train)[0].resolved()
    #expect(record.boxes == [Box(10.5, 10, 50.25, 40), Box(0, 0, 30, 30)])
  }

  @Test func brokenTextFileIsAnErrorWithItsLine() throws {
    try folder.write("0 0 30 30\n0 0 30\n", to: "bbox/validation/b.txt")
    #expect(openMessage().contains("b.txt, line 2: '0 0 30', expected four numbers"))
  }

  /// OpenImages' boxes refer to the stored pixels (2018-05-17-rotation-information.html: picture
  /// *and boxes* are to be rotated). The top left quarter of the stored picture, as displayed:
  @Test(
    arguments: zip(
      UInt8(1)...8,
      [
        Box(0, 0, 25, 25), Box(75, 0, 100, 25), Box(75, 25, 100, 50), Box(0, 25, 25, 50),
        Box(0, 0, 25, 25), Box(25, 0, 50, 25), Box(25, 75, 50, 100), Box(0, 75, 25, 100),
      ]))
  func boxesAreTurnedWithThePicture(_ orientation: UInt8, _ expected: Box) throws {
    try folder.table([OpenImagesFolder.row("a", 0, 0.25, 0, 0.5)])
    try folder.picture("a", orientation: orientation)
    let record = try open()[0].resolved()
    #expect(record.boxes == [expected])
    #expect(record.width == (orientation < 5 ? 100 : 50))
  }
}

@Suite struct DecimalNumberTests {
  private func number(_ text: String) -> Double? {
    Array(text.utf8).withUnsafeBytes { decimalNumber($0) }
  }

  @Test(arguments: [
    "0", "0.071905", "1.000000", "123456.789", ".5", "5.", "-0.25", "1e-3", "6.02E23",
    "0.1234567890123456789", "99999999999999999999",
  ])
  func agreesWithTheStandardLibrary(_ text: String) {
    let padded = text.hasPrefix(".") ? "0" + text : text.hasSuffix(".") ? text + "0" : text
    #expect(number(text) == Double(padded))
  }

  @Test(arguments: ["", ".", "-", "0.1.2", "1 ", " 1", "0x10g", "one", "1,5"])
  func otherTextIsNoNumber(_ text: String) { #expect(number(text) == nil) }
}
