import Evaluation
import Foundation
import Inference
import Pictures
import TestSupport
import Testing

/// Methods on a bench: the same pictures as the baselines of their names, texts and masks for those that
/// need them.
@Suite struct MethodRunTests {
  private let folder: TemporaryFolder
  private let bench: SmallBench

  init() throws {
    folder = try TemporaryFolder()
    bench = try SmallBench(count: 3, in: folder)
  }

  @Test(arguments: Baseline.standard)
  func aBaselineIsTheMethodOfItsName(_ baseline: Baseline) throws {
    let run = try MethodRun(.named(baseline.name), MethodSetup())
    _ = try evaluator("method").evaluate(with: run, batch: 2)
    _ = try evaluator("baseline").evaluate(with: BaselineMethod(baseline), batch: 2)
    for id in bench.identifiers {
      let files = ["method", "baseline"].map { folder.file("\($0)/results/\(id).png") }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
    }
  }

  @Test func metricsNameTheMethodAndWhatItDoes() throws {
    let output = folder.file("output")
    let report = try evaluator("output")
      .evaluate(with: MethodRun(.named("copy-paste"), MethodSetup()), batch: 2)
    try report.write(to: output)
    let settings = try folder.json("output/metrics.json")["settings"] as? [String: Any]
    #expect(settings?["method"] as? String == "copy-paste")
    #expect((settings?["method_procedure"] as? String)?.contains("stretched") == true)
    #expect(settings?["baseline"] == nil && settings?["seed"] == nil)
    let error = #expect(throws: EvaluationError.self) {
      try evaluator("output").evaluate(with: BaselineMethod(.copyPaste), batch: 2)
    }
    #expect(
      "\(try #require(error))".contains(
        "made by the method copy-paste there, by the baseline copy-paste now"))
  }

  @Test func theTextOfEachCaseComesFromTheBenchsCaptions() throws {
    try write(
      """
      {"id": "000000000000", "class": "torus", "caption": "a blue torus with stripes"}

      {"id": 1, "class": "cube", "caption": "a red cube"}
      {"id": "000000000002", "class": "sphere"}
      """, to: "captions.jsonl")
    #expect(
      try texts("a photo of {class}")
        == ["a photo of torus", "a photo of cube", "a photo of sphere"])
    #expect(try failure { try texts("{caption}") }.contains("case 000000000002 has no caption"))
  }

  @Test func withoutAPlaceForTheClassNothingIsLookedFor() throws {
    #expect(try texts("a thing") == ["a thing", "a thing", "a thing"])
  }

  @Test(arguments: [
    ("classes.csv", "id,class\n0,torus\n000000000001, cube, red\n2,sphere\n"),
    ("labels.json", #"{"0": "torus", "1": "cube, red", "000000000002": "sphere"}"#),
  ])
  func classesMayComeFromATable(_ file: String, _ content: String) throws {
    try write(content, to: file)
    #expect(try texts("{class}") == ["torus", "cube, red", "sphere"])
  }

  @Test(arguments: [
    ("captions.jsonl", "{\"id\": 0}\n{\"id\": 0}\n", "line 2: case 0 is there twice"),
    ("captions.jsonl", "{\"class\": \"torus\"}\n", "line 1: 'id' is missing"),
    ("captions.jsonl", "{\"id\": 0, \"class\": [1]}\n", "'class' must be a text, found a list"),
    ("classes.csv", "0;torus\n", "line 1: expected id,class, found \"0;torus\""),
    ("labels.json", "{\"0\": 3}", "the class of 0 must be a text, found the number 3"),
    ("labels.json", "[]", "found a list of 0"),
  ])
  func whatIsWrongWithATableIsNamed(_ file: String, _ content: String, _ problem: String) throws {
    try write(content, to: file)
    let text = try failure { try texts("{class}") }
    #expect(text.contains(problem) && text.contains(file), "\(text)")
  }

  @Test func classesOfCOCOEEComeFromCOCOsAnnotations() throws {
    // As COCO has it: other parts around, keys in any order, polygons to be passed over.
    let file = folder.file("instances.json")
    let content = #"""
      {"info": {"year": 2017}, "images": [{"id": 9, "file_name": "a.jpg"}],
       "annotations": [
        {"segmentation": [[1.5, 2, 3]], "area": 12.5, "iscrowd": 0, "image_id": 9,
         "bbox": [1, 2, 3, 4], "category_id": 18, "id": 0},
        {"id": 1, "category_id": 64, "segmentation": {"counts": [1, 2], "size": [3, 4]}},
        {"id": 77, "category_id": 18}, {"id": 2, "category_id": 18}],
       "categories": [{"supercategory": "animal", "id": 18, "name": "dog"},
        {"id": 64, "name": "potted plant", "supercategory": "furniture"}]}
      """#
    try Data(content.utf8).write(to: file)
    let prompt = "a photo of a {class}"
    #expect(
      try texts(prompt, annotations: file)
        == ["a photo of a dog", "a photo of a potted plant", "a photo of a dog"])
    try Data(content.replacing("{\"id\": 1,", with: "{\"id\": 5,").utf8).write(to: file)
    let missing = try failure { try texts(prompt, annotations: file) }
    #expect(missing.contains("case 000000000001 has no class"))
    #expect(missing.contains(file.relativePath))
    try Data(content.dropLast(40).utf8).write(to: file)
    #expect(try failure { try texts(prompt, annotations: file) }.contains("cannot be read"))
  }

  @Test func aMethodThatCutsOutNeedsTheReferencesMasks() throws {
    let run = try MethodRun(.cutOut, MethodSetup())
    let none = try failure { _ = try evaluator("a").evaluate(with: run, batch: 2) }
    #expect(none.contains("has no folder RefMask_*, but cut-out"))
    try writeMasks(of: [0, 1])
    let missing = try failure { _ = try evaluator("a").evaluate(with: run, batch: 2) }
    #expect(missing.contains("RefMask_3/000000000002_refmask.png: no such file, but cut-out"))
    try writeMasks(of: [2])
    let first = try evaluator("a").evaluate(with: run, batch: 2)
    #expect(first.metrics.count == 3)
    // The mask decides the picture: another one is another case.
    try writeMasks(of: [1], width: 3)
    let changed = try failure { _ = try evaluator("a").evaluate(with: run, batch: 2) }
    #expect(changed.contains("case 000000000001 of the bench has changed"))
  }

  /// The model is Tests/Golden/inpainting.py's.
  @Test func textsReachTheModelAndTheSettingsTellAllOfIt() throws {
    try write("0,torus\n1,cube\n2,torus\n", to: "classes.csv")
    let first = try evaluator("a").evaluate(with: inpainting("a {class}"), batch: 2)
    try first.write(to: folder.file("a"))
    let metrics = try folder.json("a/metrics.json")
    let settings = try #require(metrics["settings"] as? [String: Any])
    #expect(settings["method"] as? String == "sd-inpaint" && settings["seed"] as? Int == 42)
    let told = try #require(settings["method_settings"] as? [String: Any])
    #expect(told["prompt"] as? String == "a {class}" && told["steps"] as? Int == 2)
    #expect(told["sampler"] as? String == "ddim" && told["scale"] as? Double == 5)
    let hashes = try #require(metrics["hashes"] as? [String: String])
    #expect(hashes["model"]?.count == 64)
    #expect(hashes["model"] == (settings["method_hashes"] as? [String: String])?["model"])
    // Each case is the same whatever it is painted with; the text makes a difference.
    _ = try evaluator("b").evaluate(with: inpainting("a {class}"), batch: 1)
    _ = try evaluator("c").evaluate(with: inpainting("a cube"), batch: 3)
    func pictures(_ run: String) throws -> [Data] {
      try bench.identifiers.map { try Data(contentsOf: folder.file("\(run)/results/\($0).png")) }
    }
    let (a, b, c) = (try pictures("a"), try pictures("b"), try pictures("c"))
    #expect(a == b)
    #expect(a[0] != c[0] && a[1] == c[1] && a[2] != c[2])
    let other = try failure {
      _ = try evaluator("a").evaluate(with: inpainting("a cube"), batch: 1)
    }
    #expect(other.contains("prompt: a {class} there, a cube now"))
    try write("0,torus\n1,sphere\n2,torus\n", to: "classes.csv")
    let changed = try failure {
      _ = try evaluator("a").evaluate(with: inpainting("a {class}"), batch: 1)
    }
    #expect(changed.contains("case 000000000001 of the bench has changed"))
  }

  private func inpainting(_ prompt: String) throws -> MethodRun {
    var setup = MethodSetup()
    setup.model = Golden.file("inpainting/model").path
    var edit = EditSettings()
    (edit.sampler, edit.steps) = (.ddim, 2)
    return try MethodRun(.named("sd-inpaint"), setup, edit, texts: CaseTexts(prompt))
  }

  private func evaluator(_ output: String) throws -> Evaluator {
    try Evaluator(bench: bench.folder, output: folder.file(output))
  }

  /// What a method is told of each case, seen by one that paints it.
  private func texts(_ prompt: String, annotations: URL? = nil) throws -> [String] {
    let run = try MethodRun(
      .textWriter, MethodSetup(), texts: CaseTexts(prompt, annotations: annotations))
    return try run.prepared(Bench(at: bench.folder).cases, of: Bench(at: bench.folder))
      .map { $0.text ?? "none" }
  }

  private func failure(_ body: () throws -> some Any) throws -> String {
    let error = #expect(throws: EvaluationError.self) { _ = try body() }
    return "\(try #require(error))"
  }

  private func write(_ text: String, to file: String) throws {
    try Data(text.utf8).write(to: bench.folder.appending(path: file))
  }

  private func writeMasks(of positions: [Int], width: Int = 4) throws {
    let parent = bench.folder.appending(path: "RefMask_3")
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    for i in positions {
      var mask = GrayImage(width: 7, height: 9, fill: 0)
      mask.draw(GrayImage(width: width, height: 5, fill: 255), x: 1, y: 2)
      let file = parent.appending(path: "\(bench.identifiers[i])_refmask.png")
      try mask.pngData().write(to: file)
    }
  }
}

extension MethodDefinition {
  /// Draws nothing, but is told a text.
  fileprivate static let textWriter = MethodDefinition(
    "text-writer", summary: "nothing", needs: [.text], samples: false
  ) { _ in Baseline.groundTruth }

  /// The hole in the grey level that is the object's share of the reference.
  fileprivate static let cutOut = MethodDefinition(
    "cut-out", summary: "the object's share", needs: [.reference, .referenceMask], samples: false
  ) { _ in CutOut() }

  private struct CutOut: PaintingMethod {
    var canvas: MethodCanvas { .picture }

    func record(_ settings: EditSettings) -> MethodRecord {
      MethodRecord(name: "cut-out", procedure: "the object's share")
    }

    func paint(
      _ task: PaintingTask, _ settings: EditSettings, progress: () throws -> Void
    ) throws -> Painting {
      let mask = try #require(task.referenceMask)
      let share = UInt8(mask.pixels.count { $0 >= 128 } * 255 / mask.pixels.count)
      let grey = Image(
        width: task.source.width, height: task.source.height, fill: (share, share, share))
      return Painting(picture: task.source.keeping(grey, inside: try EditMask(task.mask)))
    }
  }
}
