import Datasets
import Foundation
import Pictures
import Support
import Testing

@Suite struct ManifestTests {
  private let folder: OpenImagesFolder
  init() throws { folder = try OpenImagesFolder() }

  private func read(_ text: String) throws -> Dataset {
    try folder.write(text, to: "m.jsonl")
    return try Dataset.open(path: "\(folder.path)/m.jsonl", split: .train)
  }

  @Test func everyKeyIsRead() throws {
    let dataset = try read(
      #"{"image": "a.jpg", "boxes": [[1, 2, 3.5, 4], [0, 0, 9, 9]], "label": "cat"}"# + "\n"
        + #"{"image": "/d/b \u00e9.png", "box": [1, 2, 3, 4], "reference": "r/x.jpg"}"# + "\r\n"
        + #"{"mask": "m.png", "image": "c.png"}"# + "\n"
        + #"{"image":"d.png","boxes":[[0,0,5,5]],"labels":["dog"],"width":6,"height":7}"# + "\n"
        + #"{"image": "e.png", "boxes": [[0, 0, 5, 5], [1, 1, 3, 3]], "#
        + #""captions": ["a dog", ["a cat", "a black cat"]]}"# + "\n"
        + #"{"image": "f.png", "box": [0, 0, 5, 5], "caption": "a dog"}"#)
    #expect(dataset.count == 6)
    #expect(dataset[4].captions == [["a dog"], ["a cat", "a black cat"]])
    #expect(dataset[4].captions(of: 1) == ["a cat", "a black cat"])
    #expect(dataset[5].captions == [["a dog"]])
    #expect(dataset[3].captions.isEmpty && dataset.hasCaptions)
    #expect(dataset[0].image == "\(folder.path)/a.jpg")
    #expect(dataset[0].boxes == [Box(1, 2, 3.5, 4), Box(0, 0, 9, 9)])
    #expect(dataset[0].label == "cat")
    #expect(dataset[1].image == "/d/b é.png")
    #expect(dataset[1].references == [ExemplarFiles(picture: "\(folder.path)/r/x.jpg")])
    #expect(dataset[2].mask == "\(folder.path)/m.png")
    #expect(dataset[2].boxes.isEmpty)
    #expect((dataset[3].width, dataset[3].height) == (6, 7))
    #expect(dataset[3].labels == ["dog"])
    try expectSameElsewhere(dataset)
  }

  /// Another process is given all that was read.
  private func expectSameElsewhere(_ dataset: Dataset) throws {
    let bytes = try dataset.encoded()
    let other = try bytes.withUnsafeBytes { try Dataset(encoded: $0) }
    #expect(Array(other) == Array(dataset))
    #expect((other.path, other.identity) == (dataset.path, dataset.identity))
    #expect(other.tally == dataset.tally && other.classNames == dataset.classNames)
    #expect(
      (other.hasCaptions, other.hasObjectMasks) == (dataset.hasCaptions, dataset.hasObjectMasks))
    for length in [0, 7, bytes.count / 2, bytes.count - 1] {
      #expect(throws: (any Error).self) {
        try bytes[..<length].withUnsafeBytes { _ = try Dataset(encoded: $0) }
      }
    }
  }

  @Test func masksAndSeveralReferencesAreReadAndWritten() throws {
    let lines = [
      #"{"image": "a.png", "boxes": [[1, 2, 3, 4]], "object_mask": "m/a.png"}"#,
      #"{"image": "b.png", "boxes": [[0, 0, 5, 5], [1, 1, 3, 3]], "object_masks": ["m/b.png", null]}"#,
      #"{"image": "c.png", "object_mask": "m/c.png", "reference": "r.png", "reference_mask": "s.png"}"#,
      #"{"image": "d.png", "mask": "m.png", "reference": ["r.png", "q.png"], "reference_mask": [null, "s.png"]}"#,
      #"{"image": "e.png", "boxes": [[0, 0, 5, 5]], "reference": ["r.png", "q.png"]}"#,
      #"{"image": "f.png", "boxes": [[0, 0, 5, 5]]}"#,
    ]
    let dataset = try read(lines.joined(separator: "\n"))
    let path = { (name: String) in "\(folder.path)/\(name)" }
    #expect(
      dataset.map(\.objectMasks) == [
        [path("m/a.png")], [path("m/b.png"), nil], [path("m/c.png")], [], [], [],
      ])
    #expect(dataset[2].references == [ExemplarFiles(picture: path("r.png"), mask: path("s.png"))])
    #expect(
      dataset[3].references == [
        ExemplarFiles(picture: path("r.png")),
        ExemplarFiles(picture: path("q.png"), mask: path("s.png")),
      ])
    #expect(dataset[4].references.map(\.mask) == [nil, nil] && dataset.hasObjectMasks)
    try expectSameElsewhere(dataset)
    var writer = ManifestWriter(path: path("again.jsonl"))
    try AtomicFile.write(to: path("again.jsonl")) { file in
      for record in dataset { try writer.append(record, to: file) }
      try writer.flush(to: file)
    }
    let written = try folder.read("again.jsonl").split(separator: "\n").map(String.init)
    func parsed(_ lines: [String]) throws -> [[String: StrictJSON]] {
      try lines.map { line in
        guard case .object(let members) = try StrictJSON(parsing: line) else { return [:] }
        return Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
      }
    }
    #expect(try parsed(written) == parsed(lines))
    #expect(try !read(lines[5]).hasObjectMasks)
    #expect(
      try read(lines[2].replacing(#""object_mask": "m/c.png""#, with: #""box": [0, 0, 9, 9]"#))
        .hasObjectMasks)
  }

  @Test(arguments: [
    (
      #"{"image": "a", "boxes": [[1, 1, 2, 2], [1, 1, 3, 3]], "object_mask": "m"}"#,
      "'object_mask' is of one object, but there are 2 boxes: give 'object_masks'"
    ),
    (
      #"{"image": "a", "boxes": [[1, 1, 2, 2], [1, 1, 3, 3]], "object_masks": ["m"]}"#,
      "1 object masks for 2 boxes: give one each"
    ),
    (#"{"image": "a", "object_masks": ["m"]}"#, "1 object masks for 0 boxes"),
    (
      #"{"image": "a", "box": [1, 1, 2, 2], "object_masks": "m"}"#,
      "must be a list of paths, one a box"
    ),
    (
      #"{"image": "a", "box": [1, 1, 2, 2], "object_masks": []}"#, "'object_masks' is an empty list"
    ),
    (
      #"{"image": "a", "box": [1, 1, 2, 2], "object_masks": [3]}"#,
      "item 1 of 'object_masks' must be a path"
    ),
    (
      #"{"image": "a", "box": [1, 1, 2, 2], "object_mask": "m", "object_masks": ["m"]}"#, "not both"
    ),
    (
      #"{"image": "a", "box": [1, 1, 2, 2], "reference_mask": "m"}"#,
      "'reference_mask' says where the object is in 'reference', which is missing"
    ),
    (
      #"{"image": "a", "box": [1, 1, 2, 2], "reference": ["r", "q"], "reference_mask": "m"}"#,
      "1 in 'reference_mask' for 2 in 'reference': give one each"
    ),
    (
      #"{"image": "a", "box": [1, 1, 2, 2], "reference": ["r", null]}"#,
      "item 2 of 'reference' must be a path"
    ),
    (#"{"image": "a", "box": [1, 1, 2, 2], "reference": []}"#, "'reference' is an empty list"),
    (
      #"{"image": "a", "box": [1, 1, 2, 2], "reference": ["#
        + [String](repeating: "\"r\"", count: 17).joined(separator: ",") + "]}",
      "'reference' is a list of 17, expected at most 16"
    ),
    (
      #"{"image": "a.jpg", "boxes": [[1, 1, 2, 2], [1, 1, 3, 3]], "captions": ["a", "b", "c"]}"#,
      "3 captions for 2 boxes"
    ),
    (
      #"{"image": "a.jpg", "box": [1, 1, 2, 2], "captions": "a dog"}"#,
      "'captions' must be a list, one item a box, found"
    ),
    (
      #"{"image": "a.jpg", "box": [1, 1, 2, 2], "captions": [["a", 3]]}"#,
      "item 1 of 'captions' must be a text or a list of texts, found"
    ),
    (
      #"{"image": "a.jpg", "box": [1, 1, 2, 2], "caption": "a", "captions": ["a"]}"#,
      "give 'caption' or 'captions', not both"
    ),
    (#"{"imgae": "a.jpg"}"#, "unknown key 'imgae' (did you mean 'image'?)"),
    (#"{"box": [0, 0, 2, 2]}"#, "'image' is missing"),
    (#"{"image": "a.jpg"}"#, "nothing is marked"),
    (#"{"image": 3, "box": [0, 0, 2, 2]}"#, "'image' must be a path, found the number 3"),
    (#"{"image": "a.jpg", "box": [0, 0, 2]}"#, "'box' must be four numbers"),
    (#"{"image": "a.jpg", "box": [0, 0, 2, "2"]}"#, #"but holds the text "2""#),
    (#"{"image": "a.jpg", "box": [5, 0, 1, 4]}"#, "'box' [5, 0, 1, 4] is inverted or empty"),
    (#"{"image": "a.jpg", "boxes": [[0, 0, 2, 2], [2, 2, 2, 4]]}"#, "box 2 of 'boxes'"),
    (#"{"image": "a.jpg", "boxes": [0, 0, 2, 2]}"#, "box 1 of 'boxes' must be four numbers"),
    (#"{"image": "a.jpg", "boxes": []}"#, "empty list"),
    (#"{"image": "a.jpg", "box": [0, 0, 1, NaN]}"#, "NaN is not a number in JSON"),
    (#"{"image": "a.jpg", "box": [0, 0, 1, 1e999]}"#, "is not a number in range"),
    (#"{"image": "a.jpg", "box": [-5, -5, -1, -1]}"#, "lies outside the picture"),
    (
      #"{"image": "a", "box": [9, 0, 12, 4], "width": 8, "height": 8}"#,
      "outside the picture of 8×8"
    ),
    (#"{"image": "a.jpg", "box": [0, 0, 2, 2], "boxes": [[0, 0, 2, 2]]}"#, "not both"),
    (#"{"image": "a.jpg", "boxes": [[0, 0, 2, 2]], "labels": ["a", "b"]}"#, "2 labels for 1 boxes"),
    (#"{"image": "a.jpg", "box": [0, 0, 2, 2]"#, "not valid JSON at character 39"),
    (#"{"image": "a.jpg", "image": "b.jpg"}"#, "the key 'image' comes twice"),
    ("a.jpg 0 0 1 1", "not valid JSON at character 1"),
    ("[1]", "expected an object"),
  ])
  func mistakeIsAnErrorWithLineAndKey(_ line: String, _ problem: String) {
    let good = #"{"image": "a.jpg", "box": [0, 0, 2, 2]}"#
    let message = OpenImagesFolder.message { _ = try read("\(good)\n\(line)\n") }
    #expect(message.contains("m.jsonl, line 2: "))
    #expect(message.contains(problem))
  }

  @Test(arguments: ["m.JSONL", "m.ndjson", "m.json", "M.Json"])
  func manifestsAreKnownByMoreNames(_ name: String) throws {
    let lines = (1...2).map { #"{"image": "\#($0).jpg", "box": [0, 0, 9, 9], "label": null}"# }
    try folder.write("[\(lines.joined(separator: ",\n"))]\n", to: name)
    let dataset = try Dataset.open(path: "\(folder.path)/\(name)", split: .train)
    #expect(dataset.map(\.image) == ["\(folder.path)/1.jpg", "\(folder.path)/2.jpg"])
  }

  @Test func aFileOfAnotherNameIsNoManifest() throws {
    try folder.write("x", to: "m.txt")
    let message = OpenImagesFolder.message {
      _ = try Dataset.open(path: "\(folder.path)/m.txt", split: .train)
    }
    #expect(message.contains("m.txt: is a file, but not a manifest by its name; manifests end in"))
  }

  @Test func emptyLinesAreAllowedAtTheEndOnly() throws {
    let line = #"{"image": "a.jpg", "box": [0, 0, 2, 2]}"#
    #expect(try read(line + "\n\n \n").count == 1)
    #expect(
      OpenImagesFolder.message { _ = try read("\(line)\n\n\(line)\n") }
        .contains("line 3: the line before it is empty"))
    #expect(OpenImagesFolder.message { _ = try read("") }.contains("no lines"))
  }

  @Test func boxesAreCutAtThePicturesBorder() throws {
    try folder.picture("a")
    let path = "images/validation/a.jpg"
    let dataset = try read(
      #"{"image": "\#(path)", "box": [-5, 10, 30, 80]}"# + "\n"
        + #"{"image": "\#(path)", "box": [50, 10, 130, 80], "width": 100, "height": 50}"#)
    #expect(try dataset[0].resolved().boxes == [Box(0, 10, 30, 50)])
    #expect(dataset[1].boxes == [Box(50, 10, 100, 50)])
    #expect(dataset.tally.clippedBoxes == 2)
  }

  @Test func boxOutsideThePictureIsAnErrorThatNamesTheLine() throws {
    try folder.picture("a")
    let dataset = try read(#"{"image": "images/validation/a.jpg", "box": [200, 10, 230, 80]}"#)
    #expect(
      OpenImagesFolder.message { _ = try dataset[0].resolved() }.contains(
        "m.jsonl, line 1: box [200, 10, 230, 80] lies outside the picture of 100×50 pixels"))
  }

  @Test func pictureOfAnotherSizeThanStatedIsAnError() throws {
    try folder.picture("a")
    let dataset = try read(
      #"{"image": "images/validation/a.jpg", "box": [0, 0, 9, 9], "width": 50, "height": 100}"#)
    #expect(
      OpenImagesFolder.message { _ = try dataset[0].resolved() }
        .contains("says 50×100 pixels, but"))
  }

  @Test func boxesAreInPixelsAsDisplayed() throws {
    try folder.picture("a", orientation: 6)
    let dataset = try read(#"{"image": "images/validation/a.jpg", "box": [0, 60, 40, 100]}"#)
    let record = try dataset[0].resolved()
    #expect(record.boxes == [Box(0, 60, 40, 100)])
    #expect((record.width, record.height) == (50, 100))
  }

  @Test func longManifestIsReadInOrder() throws {
    let lines = (0..<50_000).map {
      #"{"image": "p\#($0).jpg", "box": [0, 0, \#($0 % 100 + 1), 2]}"#
    }
    let dataset = try read(lines.joined(separator: "\n"))
    #expect(dataset.count == 50_000)
    #expect(dataset[49_999].image.hasSuffix("/p49999.jpg"))
    #expect(dataset[12_345].boxes == [Box(0, 0, 46, 2)])
  }
}

@Suite struct StrictJSONTests {
  @Test func valuesAreRead() throws {
    let value = try StrictJSON(
      parsing: #" {"a": [1, -2.5e1, true, null], "b": {"c": "\u00e4\n\ud83d\ude00"}} "#)
    let expected = StrictJSON.object([
      ("a", .array([.number(1), .number(-25), .bool(true), .null])),
      ("b", .object([("c", .string("ä\n😀"))])),
    ])
    #expect(value == expected)
  }

  @Test(arguments: [
    "", "{", "[1,]", "[1 2]", "{\"a\" 1}", "{a: 1}", "\"x", "\"\\q\"", "\"\\ud800\"", "tru", "1 2",
    "\"\u{1}\"", "- 1", String(repeating: "[", count: 100_000),
  ])
  func brokenTextIsAnError(_ text: String) {
    #expect(throws: JSONProblem.self) { try StrictJSON(parsing: text) }
  }
}
