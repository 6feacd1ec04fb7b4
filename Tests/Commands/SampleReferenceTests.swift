import Commands
import Foundation
import Pictures
import Testing

/// Several references and their masks, as `pbe-sample` is given them.
@Suite struct SampleReferenceTests {
  @Test func referencesAndTheirMasksComeFromTheCommandLineOrAManifest() throws {
    try withSampleDesk { desk in
      try desk.picture("source.png").writePNG(to: desk.path("other.png"))
      var mask = GrayImage(width: 20, height: 30, fill: 0)
      mask.draw(GrayImage(width: 9, height: 14, fill: 255), x: 5, y: 7)
      try mask.writePNG(to: desk.path("object.png"))
      let both = ["--reference", "other.png", "--reference-mask", "object.png"]
      let given = try desk.sample(
        ["--output", "given.png"] + both + ["--reference-mask", "mask.png"])
      #expect(given.exitCode == 0, "\(given.error)")
      let rest = #""image": "source.png", "mask": "mask.png""#
      let lines = [
        #"{\#(rest), "reference": ["reference.png", "other.png"], "#
          + #""reference_mask": ["object.png", "mask.png"], "output": "listed.png"}"#,
        #"{\#(rest), "reference": "reference.png", "reference_mask": "object.png", "output": "one.png"}"#,
        #"{\#(rest), "reference": ["reference.png", "other.png"], "#
          + #""reference_mask": ["object.png", null], "output": "half.png"}"#,
      ]
      try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: desk.path("jobs.jsonl")))
      let result = try desk.run([
        "--model", "model", "--manifest", "jobs.jsonl", "--output", ".", "--sampler", "ddim",
        "--steps", "2",
      ])
      #expect(result.exitCode == 0, "\(result.error)")
      #expect(try desk.bytes("listed.png") == desk.bytes("given.png"))
      let text = try ImageFile.text(desk.path("half.png"))
      #expect(text.contains { $0.key == "references" && $0.value == "2" })
      #expect(text.contains { $0.key == "reference-masks" && $0.value == "1" })
      let pictures = try ["given.png", "one.png", "half.png"].map { try desk.picture($0).pixels }
      #expect(Set(pictures).count == 3)
      let grid = try desk.sample(
        ["--output", "grid.png", "--grid", "--count", "2", "--reference", "other.png"])
      #expect(grid.exitCode == 0, "\(grid.error)")
    }
  }

  @Test(arguments: [
    (#""reference": []"#, "'reference' is an empty list"),
    (#""reference": ["reference.png", 3]"#, "'reference' must be a path, found the number 3"),
    (
      #""reference": "reference.png", "reference_mask": ["a.png", null]"#,
      "'reference_mask' has 2 for 1 in 'reference': give one each"
    ),
    (#""prompt": "a cup", "reference_mask": "a.png""#, "in 'reference', which is missing"),
  ])
  func jobsWhoseReferencesMakeNoSenseFailAlone(_ keys: String, _ message: String) throws {
    try withSampleDesk { desk in
      let line = #"{"image": "source.png", "mask": "mask.png", \#(keys), "output": "o.png"}"#
      try Data(line.utf8).write(to: URL(filePath: desk.path("jobs.jsonl")))
      let result = try desk.run(["--model", "model", "--manifest", "jobs.jsonl", "--output", "."])
      #expect(result.exitCode == 1)
      #expect(
        result.error.contains("jobs.jsonl, line 1: \(message)") || result.error.contains(message),
        "\(result.error)")
    }
  }
}
