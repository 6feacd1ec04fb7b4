import Commands
import Foundation
import Pictures
import TestSupport
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

  /// The whole way of a text: tokenizer, tower, guidance, blending, file.
  ///
  /// The expected picture is diffusers': Tests/Golden/inpainting.py.
  @Test func stableDiffusionInpaintsAfterAText() throws {
    try withSampleDesk { desk in
      let result = try desk.run(
        text("sd-inpaint") + [
          "--compat", "diffusers", "--steps", "5", "--scale", "3", "--seed", "3", "--output",
          "out.png",
        ])
      #expect(result.exitCode == 0, "\(result.error)")
      let found = try desk.picture("out.png")
      let expected = try ImageFile.read(Golden.file("inpainting/plms-4.png").path).image
      let differences = zip(found.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
      #expect(differences.allSatisfy { $0 <= 1 }, "off by \(differences.max() ?? 0)")
      let text = try ImageFile.text(desk.path("out.png"))
      for (key, value) in [("method", "sd-inpaint"), ("prompt", "a blue torus"), ("steps", "5")] {
        #expect(text.contains { $0.key == key && $0.value == value }, "\(key) in \(text)")
      }
    }
  }

  @Test func blendedDiffusionIsGuidedByATextOrAReference() throws {
    try withSampleDesk { desk in
      let guide = ["--guide", Golden.file("blended").path, "--steps", "4", "--guide-copies", "3"]
      let runs = [
        ("text.png", text("blended-text") + guide),
        ("other.png", text("blended-text", prompt: "a red cube") + guide + ["--scale", "0"]),
        ("picture.png", inputs("blended-image") + ["--reference", "reference.png"] + guide),
        ("plain.png", text("blended-text") + guide + ["--guide-weight", "0", "--scale", "0"]),
        (
          "faster.png",
          inputs("blended-image") + ["--reference", "reference.png", "--guide-half-size"] + guide
        ),
      ]
      var pictures: Set<[UInt8]> = []
      for (name, arguments) in runs {
        let result = try desk.run(arguments + ["--output", name])
        #expect(result.exitCode == 0, "\(name): \(result.error)")
        pictures.insert(try desk.picture(name).pixels)
      }
      #expect(pictures.count == runs.count)
      let text = try ImageFile.text(desk.path("faster.png"))
      for (key, value) in [
        ("method", "blended-image"), ("guide-copies", "3"), ("guide-decoding", "at half the size"),
        ("sampler", "ddim"), ("guide", Golden.file("blended").path),
      ] {
        #expect(text.contains { $0.key == key && $0.value == value }, "\(key) in \(text)")
      }
    }
  }

  @Test func aModelThatSeesNoPictureNeedsAMethod() throws {
    try withSampleDesk { desk in
      let arguments = text("sd-inpaint").dropFirst(2) + ["--output", "out.png"]
      let result = try desk.run(Array(arguments))
      #expect(result.exitCode == 1)
      #expect(result.error.contains("give --method sd-inpaint"), "\(result.error)")
    }
  }

  @Test func aModelOfReferencesIsNoModelOfTexts() throws {
    try withSampleDesk { desk in
      let result = try desk.run([
        "--method", "sd-inpaint", "--model", "model", "--image", "source.png", "--mask",
        "mask.png", "--prompt", "a cat", "--output", "out.png",
      ])
      #expect(result.exitCode == 1)
      #expect(
        result.error.contains("model: this model paints after a reference picture, but sd-inpaint"),
        "\(result.error)")
    }
  }

  @Test(arguments: [
    (["--method", "copypaste"], "there is no 'copypaste' (did you mean 'copy-paste'?); methods"),
    (["--method", "copy-paste", "--steps", "3", "--crop", "none"], "no use for --steps, --crop"),
    (["--method", "copy-paste", "--model", "model"], "copy-paste does not use a Stable Diffusion"),
    (["--method", "copy-paste", "--prompt", "a cat"], "does not use a text: leave --prompt out"),
    (
      ["--model", "model", "--reference", "mask.png", "--reference-mask", "mask.png"],
      "--reference-mask is given once for 2 of --reference: give one for each"
    ),
    (
      ["--method", "copy-paste", "--reference", "mask.png"],
      "copy-paste paints after one picture: give --reference once, not 2 times"
    ),
    (["--method", "sd-inpaint", "--model", "model"], "sd-inpaint needs a text: give --prompt"),
    (["--method", "blended-image", "--model", "model"], "the CLIP that guides: give --guide"),
    (
      ["--method", "blended-image", "--model", "m", "--guide", "g", "--sampler", "plms"],
      "--sampler plms: blended-image samples with ddim"
    ),
    (["--model", "model", "--compat", "compvis"], "--compat compvis is about models of texts"),
    (["--method", "copy-paste", "--guide-skip", "1"], "--guide-skip is 1.0, expected 0 up to"),
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

  /// On the fixture's pictures, with its model.
  private func inputs(_ method: String) -> [String] {
    func file(_ name: String) -> String { Golden.file("inpainting/\(name)").path }
    return [
      "--method", method, "--model", file("model"), "--image", file("source.png"), "--mask",
      file("mask.png"),
    ]
  }

  private func text(_ method: String, prompt: String = "a blue torus") -> [String] {
    inputs(method) + ["--prompt", prompt]
  }

  private func method(_ name: String) -> [String] {
    [
      "--method", name, "--image", "source.png", "--mask", "mask.png", "--reference",
      "reference.png",
    ]
  }
}
