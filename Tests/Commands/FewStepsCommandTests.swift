import Autograd
import Foundation
import Models
import Pictures
import TestSupport
import Testing

/// `--sampler lcm` and `--decoder`, as processes.
@Suite struct FewStepsCommandTests {
  /// With `lcm` 4 steps at scale 1 are meant unless something else is said.
  @Test func lcmHasStepsAndScaleOfItsOwn() throws {
    try withSampleDesk { desk in
      func bytes(_ arguments: String...) throws -> [UInt8] {
        let files = [
          "--model", "model", "--image", "source.png", "--mask", "mask.png", "--reference",
          "reference.png", "--output", "out.png", "--sampler", "lcm",
        ]
        let outcome = try desk.run(files + arguments)
        #expect(outcome.exitCode == 0, "\(outcome.error)")
        return try desk.picture("out.png").pixels
      }
      let usual = try bytes()
      #expect(try bytes("--steps", "4", "--scale", "1") == usual)
      #expect(try bytes("--steps", "2") != usual)
      #expect(try bytes("--scale", "3") != usual)
    }
  }

  /// What a model was distilled for needs no option, alone or in a manifest; another sampler has its own settings.
  @Test func aDistilledModelTakesFewSteps() throws {
    try withSampleDesk { desk in
      let file = URL(filePath: desk.path("model/scheduler/scheduler_config.json"))
      let configuration = try String(contentsOf: file, encoding: .utf8)
      #expect(configuration.contains("PNDMScheduler"))
      try configuration.replacing("PNDMScheduler", with: "LCMScheduler")
        .write(to: file, atomically: true, encoding: .utf8)
      func settings(_ output: String, _ arguments: [String]) throws -> [String?] {
        let outcome = try desk.run(["--model", "model"] + arguments)
        #expect(outcome.exitCode == 0, "\(outcome.error)")
        let text = try ImageFile.text(desk.path(output))
        return ["sampler", "steps", "scale"].map { key in text.first { $0.key == key }?.value }
      }
      let edit = ["--image", "source.png", "--mask", "mask.png", "--reference", "reference.png"]
      #expect(try settings("few.png", edit + ["--output", "few.png"]) == ["lcm", "4", "1"])
      let many = try settings("many.png", edit + ["--output", "many.png", "--sampler", "ddim"])
      #expect(many == ["ddim", "50", "5"])
      try """
      {"image": "source.png", "mask": "mask.png", "reference": "reference.png", "output": "job.png"}

      """.write(toFile: desk.path("jobs.jsonl"), atomically: true, encoding: .utf8)
      let manifest = ["--manifest", "jobs.jsonl", "--output", "."]
      #expect(try settings("job.png", manifest) == ["lcm", "4", "1"])
    }
  }

  @Test func aConvertedModelIsSampledAsItSays() throws {
    try withSampleDesk { desk in
      let converted = try Program(name: "pbe-convert").run(
        "--from", desk.path("model"), "--sampler", "dpm++", "--to", desk.path("smooth"))
      #expect(converted.exitCode == 0, "\(converted.error)")
      let outcome = try desk.run([
        "--model", "smooth", "--image", "source.png", "--mask", "mask.png", "--reference",
        "reference.png", "--output", "out.png",
      ])
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      let text = try ImageFile.text(desk.path("out.png"))
      #expect(text.first { $0.key == "sampler" }?.value == "dpm++")
    }
  }

  @Test func stepsThatWereNotDistilledAreRefused() throws {
    try withSampleDesk { desk in
      let outcome = try desk.sample("--output", "out.png", "--sampler", "lcm", "--steps", "51")
      #expect(outcome.exitCode == 2)
      #expect(
        outcome.error.contains("--steps is 51, expected at most 50 for this model and lcm"),
        "\(outcome.error)")
      #expect(!desk.exists("out.png"))
    }
  }

  @Test func aTinyDecoderPaintsFromTheModelOrFromElsewhere() throws {
    try withSampleDesk { desk in
      func run(_ output: String, _ decoder: String) throws -> (exitCode: Int32, error: String) {
        let outcome = try desk.sample("--output", output, "--decoder", decoder)
        return (outcome.exitCode, outcome.error)
      }
      let lacking = try run("none.png", "tiny")
      #expect(lacking.exitCode == 1)
      #expect(lacking.error.contains("has no tiny_decoder/config.json"), "\(lacking.error)")
      var sizes = TinyDecoderConfiguration()
      (sizes.channels, sizes.blocks) = (6, [1, 1])
      func write(to folder: String) throws {
        try ModelFolder.write(
          .tinyDecoder, configuration: sizes.json,
          weights: Component<TinyDecoder>(sizes, seed: 5).parameters.weights, to: desk.path(folder))
      }
      try write(to: "model")
      for (output, decoder) in [
        ("full.png", "full"), ("tiny.png", "tiny"),
        ("folder.png", desk.path("model/tiny_decoder")),
        ("file.png", desk.path("model/tiny_decoder/diffusion_pytorch_model.safetensors")),
      ] {
        #expect(try run(output, decoder).exitCode == 0)
      }
      let tiny = try desk.picture("tiny.png").pixels
      #expect(try desk.picture("full.png").pixels != tiny)
      #expect(try desk.picture("folder.png").pixels == tiny)
      #expect(try desk.picture("file.png").pixels == tiny)
      sizes.blocks = [1, 1, 1]
      try write(to: "other")
      let misfit = try run("other.png", desk.path("other")).error
      #expect(misfit.contains("enlarges latents by 4, the autoencoder by 2"), "\(misfit)")
    }
  }

  @Test func aMethodHasNoDecoder() throws {
    try withSampleDesk { desk in
      let outcome = try desk.run([
        "--method", "copy-paste", "--decoder", "tiny", "--image", "a.png", "--mask", "b.png",
        "--reference", "c.png", "--output", "out.png",
      ])
      #expect(outcome.exitCode == 2)
      #expect(outcome.error.contains("--decoder belongs to --model"), "\(outcome.error)")
    }
  }
}
