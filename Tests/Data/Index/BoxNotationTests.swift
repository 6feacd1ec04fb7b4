import Datasets
import Foundation
import Pictures
import Testing

/// Boxes in fractions of the sides, where pixels are expected, and the other way round.
@Suite struct BoxNotationTests {
  private let folder: OpenImagesFolder
  init() throws { folder = try OpenImagesFolder() }

  private func read(_ text: String, _ notation: BoxNotation? = nil) throws -> Dataset {
    try folder.write(text, to: "m.jsonl")
    return try Dataset.open(path: "\(folder.path)/m.jsonl", split: .train, notation: notation)
  }

  /// The first is the case `normalised-boxes`; the others are its kin: the whole picture, centre and
  /// size as YOLO has them, a little beyond the border.
  @Test(arguments: [
    "0.03125, 0.296875, 0.703125, 0.890625", "0, 0, 1, 1", "0.5, 0.6, 0.2, 0.3",
    "-0.02, 0.5, 0.9, 1.004",
  ])
  func fractionsAreNamed(_ box: String) {
    for line in [
      #"{"image": "a.png", "width": 64, "height": 64, "boxes": [[\#(box)]]}"#,
      #"{"image": "a.png", "box": [\#(box)]}"#,
    ] {
      let message = OpenImagesFolder.message { _ = try read(line) }
      #expect(message.contains("m.jsonl, line 1"))
      #expect(message.contains("looks like fractions of the picture's sides"))
      #expect(message.contains(#""box_units": "fractions""#))
    }
  }

  @Test func statedFractionsAreOfThePictureAsDisplayed() throws {
    try folder.picture("a", orientation: 6)  // 50×100 as displayed
    let picture = #""image": "images/validation/a.jpg""#
    let dataset = try read(
      #"{\#(picture), "box": [0.2, 0.5, 1, 1.01], "box_units": "fractions"}"# + "\n"
        + #"{\#(picture), "box": [10, 50, 50, 100]}"#)
    #expect(try dataset[0].resolved().boxes == [Box(10, 50, 50, 100)])
    #expect(try dataset[0].resolved().boxes == dataset[1].resolved().boxes)
    #expect(dataset.tally.clippedBoxes == 1)
  }

  @Test func aDataSetMayStateItForAllItsLines() throws {
    try folder.picture("a")
    let line = #"{"image": "images/validation/a.jpg", "box": [0, 0.5, 0.5, 1]}"#
    #expect(try read(line, .fractions)[0].resolved().boxes == [Box(0, 25, 50, 50)])
    // A box of one pixel, where somebody insists.
    #expect(try read(line, .pixels)[0].boxes == [Box(0, 0.5, 0.5, 1)])
    let exception = line.dropLast() + #", "box_units": "pixels"}"#
    #expect(try read(String(exception), .fractions)[0].boxes == [Box(0, 0.5, 0.5, 1)])
  }

  @Test func pixelsStatedAsFractionsAreNamed() {
    let line = #"{"image": "a.png", "box": [10, 20, 300, 400], "box_units": "fractions"}"#
    #expect(
      OpenImagesFolder.message { _ = try read(line) }
        .contains("'box' [10, 20, 300, 400] is not in fractions"))
    let percent = #"{"image": "a.png", "box": [1, 2, 3, 4], "box_units": "percent"}"#
    #expect(
      OpenImagesFolder.message { _ = try read(percent) }
        .contains(#"'box_units' must be "pixels" or "fractions", found the text "percent""#))
  }

  @Test func aTableOfPixelsIsNamed() throws {
    try folder.table([
      OpenImagesFolder.row("a", 0.1, 0.5, 0.2, 0.8), OpenImagesFolder.row("a", 0, 300, 0, 200),
    ])
    try folder.picture("a")
    let message = OpenImagesFolder.message {
      _ = try Dataset.open(path: folder.path, split: .validation)
    }
    #expect(message.contains("line 3: the box 0, 0, 300, 200 (XMin, YMin, XMax, YMax) lies far"))
  }

  @Test func officialTextFilesOfFractionsAreNamed() throws {
    try folder.write("0.1 0.2 0.5 0.75\n", to: "bbox/validation/b.txt")
    let message = OpenImagesFolder.message {
      _ = try Dataset.open(path: folder.path, split: .validation)
    }
    #expect(message.contains("b.txt, line 1: '0.1 0.2 0.5 0.75' are fractions of the sides"))
  }

  @Test func whatAFolderHoldsByDefinitionIsNotStatedOtherwise() throws {
    try folder.table([OpenImagesFolder.row("a", 0.1, 0.5, 0.2, 0.8)])
    try folder.picture("a")
    let message = OpenImagesFolder.message {
      _ = try Dataset.open(path: folder.path, split: .validation, notation: .pixels)
    }
    #expect(message.contains("its boxes are fractions by definition, but pixels are stated"))
    #expect(
      try Dataset.open(path: folder.path, split: .validation, notation: .fractions).count == 1)
  }
}
