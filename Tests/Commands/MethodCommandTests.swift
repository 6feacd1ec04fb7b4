import Commands
import Foundation
import Pictures
import Testing

/// `--method` as a person gives it.
@Suite struct MethodCommandTests {
  @Test func aPictureIsEditedWithoutAModel() throws {
    try withSampleDesk { desk in
      let result = try desk.run(method("copy-paste") + ["--output", "out.png"])
      #expect(result.exitCode == 0, "\(result.error)")
      #expect(result.output == "out.png\n")
      let (picture, source) = (try desk.picture("out.png"), try desk.picture("source.png"))
      let pasted = try desk.picture("reference.png")
        .resized(width: 20, height: 20, filter: .bicubic)
      var expected = source
      expected.draw(pasted, x: 10, y: 8)
      #expect(picture == expected)
      let text = try ImageFile.text(desk.path("out.png"))
      #expect(text.contains { $0.key == "method" && $0.value == "copy-paste" })
      #expect(text.contains { $0.key == "procedure" && $0.value.contains("stretched") })
      #expect(!text.contains { $0.key == "sampler" || $0.key == "model" })
    }
  }

  @Test func aMethodWithoutReferenceNeedsNone() throws {
    try withSampleDesk { desk in
      let result = try desk.run([
        "--method", "blur-fill", "--image", "source.png", "--mask", "mask.png", "--output",
        "out.png",
      ])
      #expect(result.exitCode == 0, "\(result.error)")
      #expect(try desk.picture("out.png") != desk.picture("source.png"))
    }
  }

  @Test func aManifestEditsManyPicturesWithAMethod() throws {
    try withSampleDesk { desk in
      let lines = """
        {"image": "source.png", "mask": "mask.png", "output": "a.png"}
        {"image": "source.png", "box": [1, 2, 9, 12], "reference": "reference.png", "output": "b.png"}
        """
      try Data(lines.utf8).write(to: URL(fileURLWithPath: desk.path("jobs.jsonl")))
      let result = try desk.run([
        "--method", "copy-paste", "--manifest", "jobs.jsonl", "--output", "results",
      ])
      #expect(result.exitCode == 1 && desk.exists("results/b.png"))
      #expect(
        result.error.contains("line 1: copy-paste needs a reference picture: give --reference"),
        "\(result.error)")
    }
  }

  @Test(arguments: [
    (["--method", "copypaste"], "there is no 'copypaste' (did you mean 'copy-paste'?); methods"),
    (["--method", "copy-paste", "--steps", "3", "--crop", "none"], "no use for --steps, --crop"),
    (["--method", "copy-paste", "--model", "model"], "copy-paste does not use a Stable Diffusion"),
    (["--method", "copy-paste", "--prompt", "a cat"], "does not use a text: leave --prompt out"),
    (["--reference-mask", "mask.png", "--model", "model"], "--reference-mask belongs to a method"),
    (["--model", "model", "--prompt", "a {clas}"], "did you mean 'class'?"),
    ([], "Give --model DIR, or --method NAME"),
  ])
  func refusesWhatMakesNoSense(_ arguments: [String], _ message: String) throws {
    try withSampleDesk { desk in
      let inputs = [
        "--image", "source.png", "--mask", "mask.png", "--reference", "reference.png", "--output",
        "out.png",
      ]
      let result = try desk.run(inputs + arguments)
      #expect(result.exitCode == 2)
      #expect(result.error.contains(message), "\(result.error)")
      #expect(!desk.exists("out.png"))
    }
  }

  @Test(arguments: [
    (["--method", "copypaste"], "did you mean 'copy-paste'?"),
    (["--method", "copy-paste", "--baseline", "blur-fill"], "--method or --baseline, not both"),
    (["--method", "copy-paste", "--scale", "3"], "copy-paste has no use for --scale"),
    (["--method", "copy-paste", "--annotations", "a.json"], "no use for --annotations"),
    (["--baseline", "copy-paste", "--prompt", "a"], "--prompt belongs to a method"),
  ])
  func evaluationRefusesWhatMakesNoSense(_ arguments: [String], _ message: String) throws {
    let result = try Program(name: "pbe-eval").run(arguments + ["--bench", "b", "--output", "o"])
    #expect(result.exitCode == 2)
    #expect(result.error.contains(message), "\(result.error)")
  }

  private func method(_ name: String) -> [String] {
    [
      "--method", name, "--image", "source.png", "--mask", "mask.png", "--reference",
      "reference.png",
    ]
  }
}
