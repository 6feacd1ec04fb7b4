import Commands
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

/// `pbe-data import` as a person runs it.
@Suite struct ImportCommandTests {
  private let program = Program(name: "pbe-data")
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["photos", "yolo/images/train", "yolo/labels/train"] {
      try FileManager.default.createDirectory(
        at: folder.file(name), withIntermediateDirectories: true)
    }
    for name in ["photos/a.jpg", "photos/b.jpg", "yolo/images/train/a.jpg"] {
      try Image(width: 60, height: 40, fill: (200, 30, 30)).writeJPEG(to: folder.path(name))
    }
    try write("1 0.5 0.5 0.5 0.5\n", "yolo/labels/train/a.txt")
    try write("path: .\ntrain: images/train\nnc: 2\nnames:\n  0: cup\n  1: dog\n", "yolo/data.yaml")
  }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.file(name))
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try program.run(["import"] + arguments, in: folder.path(""))
  }

  @Test func aFolderOfOneObjectIsReadyToTrainOn() throws {
    let result = try run("--from", "folder", "photos", "--one-object", "--output", "photos.jsonl")
    #expect(result.exitCode == 0, "\(result.error)")
    #expect(result.output.contains("2  kept"))
    #expect(result.output.contains("2 pictures without a mask: their box is the picture without"))
    #expect(result.output.contains("manifest: photos.jsonl\nreport: photos.jsonl.report.json"))
    let expected =
      #"{"image": "photos/a.jpg", "width": 60, "height": 40, "boxes": [[6, 4, 54, 36]], "#
      + #""reference": "photos/b.jpg"}"# + "\n"
    let manifest: String = try folder.text("photos.jsonl")
    let isAsExpected = manifest.hasPrefix(expected)
    #expect(isAsExpected, "\(manifest)")
    try write(
      "data: {params: {train: {params: {dataset_dir: photos.jsonl, image_size: 64, most_views: 2}}}}\n",
      "c.yaml")
    let preview = try program.run(
      "preview", "--config", "c.yaml", "--output", "s.png", "--count", "2", "--save-tensors",
      "t.safetensors", in: folder.path(""))
    #expect(preview.exitCode == 0, "\(preview.error)")
    let tensors = try Safetensors(folder.path("t.safetensors")).tensors()
    let shape = tensors["view_2"]?.shape ?? []
    #expect(shape == [2, 224, 224, 3])
  }

  @Test func classesAreNamedByTheDescription() throws {
    let result = try run("--from", "yolo", "yolo", "--output", "yolo.jsonl")
    #expect(result.exitCode == 0, "\(result.error)")
    #expect(try folder.text("yolo.jsonl").contains(#""labels": ["dog"]"#))
    let report: String = try folder.text("yolo.jsonl.report.json")
    let counts = report.contains("\"dog\" : 1")
    #expect(counts, "\(report)")
  }

  @Test func aBrokenDescriptionIsAnErrorWithItsLine() throws {
    for (text, message) in [
      ("names: 3\n", "data.yaml:1: `names` is `3`, expected the classes' names"),
      ("names: {a: cup}\n", "data.yaml:1: `names` has the key `a`, expected the number"),
      ("train: {a: b}\n", "data.yaml:1: `train` is a group of keys, expected a text"),
      ("train: ../../x\n", "data.yaml: \"../../x\" leads out of yolo"), ("names: [\n", "data.yaml"),
      ("val: images/train\n", "names no pictures of the split 'train'"),
    ] {
      try write(text, "yolo/data.yaml")
      let result = try run("--from", "yolo", "yolo", "--output", "yolo.jsonl")
      #expect(result.exitCode == 1 && result.error.hasPrefix("error: "))
      #expect(result.error.contains(message), "\(result.error)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("yolo.jsonl")))
    }
  }

  @Test(arguments: [
    ("--from folder photos --output o.txt", "--output must end in .jsonl"),
    ("--from nothing photos --output o.jsonl", "nothing"),
    ("--from folder photos --output o.jsonl --field a", "--field means nothing with --from folder"),
    ("--from yolo photos --output o.jsonl --annotations a", "--annotations means nothing with"),
    ("--from coco photos --output o.jsonl --one-object", "--one-object means nothing with"),
    ("--from folder photos --output o.jsonl --no-masks", "--no-masks means nothing with"),
    ("--from pairs photos --output o.jsonl --classes a", "--classes means nothing with"),
    ("--from coco photos --output o.jsonl --min-area 2", "a share of the picture, 0 to 1, not 2.0"),
    ("--from coco photos --output o.jsonl --min-area 0.9", "is not below --max-area 0.8"),
    ("--from coco photos --output o.jsonl --classes ,", "--classes names no class"),
    (
      "--from yolo yolo --output o.jsonl --classes dgo", "unknown class 'dgo' (did you mean 'dog'?)"
    ),
  ])
  func mistakesOnTheCommandLineExitWithTwo(_ line: String, _ message: String) throws {
    let result = try program.run(
      ["import"] + line.split(separator: " ").map(String.init), in: folder.path(""))
    #expect(result.exitCode == 2 && result.error.contains(message), "\(result.error)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("o.jsonl")))
  }

  @Test func whatIsNoSuchLayoutExitsWithOne() throws {
    for (layout, message) in [
      ("coco", "annotations/instances_*.json"), ("fiftyone", "samples.json"), ("pairs", "cloth/"),
      ("yolo", "images/train"),
    ] {
      let result = try run("--from", layout, "photos", "--output", "o.jsonl")
      #expect(result.exitCode == 1 && result.error.contains(message), "\(result.error)")
    }
    let nowhere = try run("--from", "folder", "nowhere", "--output", "o.jsonl")
    #expect(nowhere.exitCode == 1 && nowhere.error.contains("nowhere: not found"))
  }
}
