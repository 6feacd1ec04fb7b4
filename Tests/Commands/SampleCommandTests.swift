import Commands
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

/// `pbe-sample` as a person runs it, with a random model of nearly nothing.
@Suite struct SampleCommandTests {
  // MARK: Results

  @Test func onlyMaskedPixelsChangeAndTheSettingsAreInTheFile() throws {
    try withSampleDesk { desk in
      let result = try desk.sample("--output", "out.png", "--seed", "7", "--scale", "2.5")
      #expect(result.exitCode == 0, "\(result.error)")
      #expect(result.output == "out.png\n")
      #expect(result.error.contains("Needs about") && result.error.contains("MB"))
      let (picture, source) = (try desk.picture("out.png"), try desk.picture("source.png"))
      let mask = try ImageFile.readGray(desk.path("mask.png"))
      #expect(picture.width == 53 && picture.height == 39)
      let changed = mask.pixels.indices.filter { i in
        picture.pixels[3 * i..<3 * i + 3] != source.pixels[3 * i..<3 * i + 3]
      }
      #expect(!changed.isEmpty && changed.allSatisfy { mask.pixels[$0] >= 128 })
      let text = try ImageFile.text(desk.path("out.png"))
      for (key, value) in [
        ("model", "model"), ("seed", "7"), ("steps", "2"), ("scale", "2.5"), ("sampler", "ddim"),
        ("version", "0.1.0"),
      ] {
        #expect(text.contains { $0.key == key && $0.value == value }, "\(key) in \(text)")
      }
    }
  }

  @Test func withoutPasteBackTheNetworksPictureIsWritten() throws {
    try withSampleDesk { desk in
      let result = try desk.sample(
        "--output", "out.png", "--no-paste-back", "--crop", "none", "--size", "40x24")
      #expect(result.exitCode == 0, "\(result.error)")
      let picture = try desk.picture("out.png")
      #expect(picture.width == 40 && picture.height == 24)
    }
  }

  @Test func theSeamsSettingsChangeThePictureAndAreInTheFile() throws {
    try withSampleDesk { desk in
      let ways = [
        [], ["--feather", "4"], ["--no-match-seam"], ["--feather", "0", "--match-seam"],
      ]
      let pictures = try ways.enumerated().map { place, way in
        let result = try desk.sample(["--output", "\(place).png"] + way)
        #expect(result.exitCode == 0, "\(result.error)")
        return try desk.picture("\(place).png")
      }
      #expect(Set(pictures.map(\.pixels)).count == 3 && pictures[0] == pictures[3])
      let text = try ImageFile.text(desk.path("1.png"))
      #expect(text.contains { $0.key == "feather" && $0.value == "4" })
      #expect(text.contains { $0.key == "match-seam" && $0.value == "yes" })
    }
  }

  @Test func threadsAndASecondRunChangeNothing() throws {
    try withSampleDesk { desk in
      for (name, threads) in [("one.png", "1"), ("two.png", "2"), ("again.png", "2")] {
        let arguments = ["--output", name, "--sampler", "plms", "--threads", threads]
        #expect(try desk.sample(arguments).exitCode == 0)
      }
      let bytes = try ["one.png", "two.png", "again.png"].map(desk.bytes)
      #expect(bytes[0] == bytes[1] && bytes[1] == bytes[2])
    }
  }

  @Test func everySamplerMakesItsOwnPicture() throws {
    let samplers = ["plms", "ddim", "dpm++", "unipc", "lcm"]
    try withSampleDesk { desk in
      let pictures = try samplers.map { sampler in
        let name = "\(sampler).png"
        let outcome = try desk.sample("--output", name, "--sampler", sampler, "--steps", "3")
        #expect(outcome.exitCode == 0, "\(outcome.error)")
        return try desk.picture(name).pixels
      }
      #expect(Set(pictures).count == samplers.count)
    }
  }

  @Test func severalPicturesAreNamedBySeedAndAreThoseMadeAlone() throws {
    try withSampleDesk { desk in
      let together = try desk.sample("--output", "out.png", "--seed", "8", "--count", "3")
      #expect(together.output == "out-8.png\nout-9.png\nout-10.png\n")
      #expect(!desk.exists("out.png"))
      #expect(try desk.sample("--output", "alone.png", "--seed", "10").exitCode == 0)
      #expect(try desk.bytes("alone.png") == desk.bytes("out-10.png"))
      #expect(try desk.bytes("alone.png") != desk.bytes("out-9.png"))
    }
  }

  @Test func scalesAreInTheNamesAndTheGridShowsThemTogether() throws {
    try withSampleDesk { desk in
      let scales = try desk.sample("--output", "out.png", "--scales", "1,2.5", "--grid")
      #expect(scales.output == "out-scale-1.png\nout-scale-2.5.png\nout.png\n")
      let grid = try desk.picture("out.png")
      #expect(grid.width > 4 * 96)
      let both = try desk.sample("--output", "b.png", "--scales", "1,3", "--count", "2")
      #expect(
        both.output
          == "b-scale-1-42.png\nb-scale-1-43.png\nb-scale-3-42.png\nb-scale-3-43.png\n")
      #expect(try desk.sample("--output", "one.png", "--scale", "1").exitCode == 0)
      #expect(try desk.bytes("one.png") == desk.bytes("out-scale-1.png"))
    }
  }

  /// The source has the size of the network's pictures, and the network works on a part of it.
  @Test func theGridShowsTheNetworksPictureWhole() throws {
    try withSampleDesk { desk in
      try desk.picture("source.png").cropped(to: PixelRectangle(x: 0, y: 0, width: 32, height: 32))
        .writePNG(to: desk.path("square.png"))
      let result = try desk.run([
        "--model", "model", "--image", "square.png", "--reference", "reference.png", "--box",
        "14,14,18,18", "--sampler", "ddim", "--steps", "2", "--output", "out.png", "--scales",
        "1,2", "--grid", "--no-paste-back",
      ])
      #expect(result.exitCode == 0, "\(result.error)")
      let (grid, picture) = (try desk.picture("out.png"), try desk.picture("out-scale-2.png"))
      #expect(picture.width == 32 && picture.height == 32)
      let cell = PixelRectangle(
        x: grid.width - 16 - 128, y: grid.height - 16 - 128, width: 128, height: 128)
      #expect(
        grid.cropped(to: cell) == picture.resized(width: 128, height: 128, filter: .bicubic))
    }
  }

  @Test func aPartThatTheProgramChoosesFitsTheNetworkUnresized() throws {
    try withSampleDesk { desk in
      let result = try desk.sample("--output", "out.png", "--crop", "auto", "--size", "picture")
      #expect(result.exitCode == 0, "\(result.error)")
      let (picture, source) = (try desk.picture("out.png"), try desk.picture("source.png"))
      let mask = try ImageFile.readGray(desk.path("mask.png"))
      #expect(
        mask.pixels.indices.allSatisfy { i in
          mask.pixels[i] >= 128
            || picture.pixels[3 * i..<3 * i + 3] == source.pixels[3 * i..<3 * i + 3]
        })
      let whole = try desk.sample("--output", "o.png", "--crop", "none", "--size", "picture")
      #expect(whole.exitCode == 1 && whole.error.contains("multiples of 4"))
    }
  }

  @Test func aBoxStandsInForTheMaskAndInvertingSwapsTheSides() throws {
    try withSampleDesk { desk in
      #expect(try desk.sample("--output", "mask.out.png").exitCode == 0)
      let box = try desk.run(desk.inputs(mask: ["--box", "10,8,30,28"]) + ["--output", "box.png"])
      #expect(box.exitCode == 0, "\(box.error)")
      let black = desk.inputs(mask: ["--mask", "black.png", "--invert-mask"])
      #expect(try desk.run(black + ["--output", "inverted.png"]).exitCode == 0)
      #expect(try desk.picture("box.png") == desk.picture("mask.out.png"))
      #expect(try desk.picture("inverted.png") == desk.picture("mask.out.png"))
    }
  }

  @Test func aBoxOfFractionsIsNamedOrMeant() throws {
    try withSampleDesk { desk in
      let fractions = desk.inputs(mask: ["--box", "0.1886,0.2051,0.566,0.718"])
      let named = try desk.run(fractions + ["--output", "out.png"])
      #expect(named.exitCode == 2)
      #expect(named.error.contains("looks like fractions") && named.error.contains("--box-units"))
      #expect(!desk.exists("out.png"))
      let meant = try desk.run(fractions + ["--box-units", "fractions", "--output", "out.png"])
      #expect(meant.exitCode == 0, "\(meant.error)")
      #expect(try desk.sample("--output", "mask.out.png").exitCode == 0)
      #expect(try desk.picture("out.png") == desk.picture("mask.out.png"))
    }
  }

  @Test func aJobsBoxOfFractionsIsNamedOrMeant() throws {
    try withSampleDesk { desk in
      let job =
        #"{"image": "source.png", "reference": "reference.png", "mask": null, "#
        + #""box": [0.1886, 0.2051, 0.566, 0.718], "output""#
      try "\(job): \"a.png\"}\n\(job): \"b.png\", \"box_units\": \"fractions\", \"seed\": null}\n"
        .write(toFile: desk.path("jobs.jsonl"), atomically: true, encoding: .utf8)
      let arguments = [
        "--model", "model", "--manifest", "jobs.jsonl", "--output", "results", "--sampler", "ddim",
        "--steps", "2", "--threads", "1",
      ]
      let named = try desk.run(arguments)
      #expect(named.exitCode == 1 && named.output == "results/b.png\n")
      #expect(named.error.contains("line 1: 'box' [0.1886, 0.2051, 0.566, 0.718] looks like"))
      #expect(try desk.run(arguments + ["--box-units", "fractions"]).exitCode == 0)
      #expect(try desk.bytes("results/a.png") == desk.bytes("results/b.png"))
    }
  }

  @Test func latentsAreSavedAndNoiseIsRead() throws {
    try withSampleDesk { desk in
      var random = RandomStream(seed: 1, purpose: "test")
      let noise = Tensor(normal: [2, 4, 16, 16], using: &random)
      try Safetensors.write(["latents": noise], to: desk.path("noise.safetensors"))
      try Safetensors.write(
        ["latents": noise.slice(1..<2, axis: 0)], to: desk.path("second.safetensors"))
      let both = try desk.sample(
        "--output", "out.png", "--count", "2", "--noise", "noise.safetensors", "--save-latents",
        "latents.safetensors")
      #expect(both.exitCode == 0, "\(both.error)")
      let latents = try Safetensors(desk.path("latents.safetensors"))
      #expect(latents.entries["latents"]?.shape == [2, 4, 16, 16])
      #expect(latents.entries["latents"]?.type == .float32)
      let alone = try desk.sample(
        "--output", "alone.png", "--seed", "43", "--noise", "second.safetensors",
        "--save-latents", "one.safetensors")
      #expect(alone.exitCode == 0, "\(alone.error)")
      #expect(try desk.picture("alone.png") == desk.picture("out-43.png"))
      let one = try Safetensors(desk.path("one.safetensors")).tensor("latents")
      #expect(one == (try latents.tensor("latents")).slice(1..<2, axis: 0))
      let three = try desk.sample(
        "--output", "o.png", "--count", "3", "--noise", "noise.safetensors")
      #expect(three.exitCode == 1 && three.error.contains("holds noise for 2 pictures"))
    }
  }

  // MARK: A manifest

  @Test func aManifestGoesOnPastABadJob() throws {
    try withSampleDesk { desk in
      let common = #""image": "source.png", "reference": "reference.png""#
      try """
      {\(common), "mask": "mask.png", "output": "a.png", "seed": 7, "scale": 2.5, "steps": 1}
      {\(common), "mask": "missing.png", "output": "b.png"}
      {\(common), "mask": "mask.png", "output": "c.png", "sede": 3}

      {\(common), "box": [10, 8, 30, 28], "output": "sub/d.png"}
      {\(common), "box": [10, 8, 30, 28], "output": "a.png"}
      {\(common), "mask": "mask.png", "output": "../e.png"}
      {\(common), "mask": "mask.png", "output": "f.png", "steps": 0}
      not json
      """.write(toFile: desk.path("jobs.jsonl"), atomically: true, encoding: .utf8)
      let result = try desk.run([
        "--model", "model", "--manifest", "jobs.jsonl", "--output", "results", "--sampler",
        "ddim", "--steps", "2", "--threads", "1",
      ])
      #expect(result.exitCode == 1)
      #expect(result.output == "results/a.png\nresults/sub/d.png\n")
      for message in [
        "line 2: missing.png: no such file", "line 3: unknown key 'sede' (did you mean 'seed'?)",
        "line 6: results/a.png: two results", "line 7: 'output' is \"../e.png\"",
        "line 8: --steps is 0", "line 9: not valid JSON", "error: 6 of 8 jobs failed",
      ] {
        #expect(result.error.contains(message), "\(message) in\n\(result.error)")
      }
      let alone = try desk.sample(
        "--output", "a.png", "--seed", "7", "--scale", "2.5", "--steps", "1")
      #expect(alone.exitCode == 0)
      #expect(try desk.bytes("a.png") == desk.bytes("results/a.png"))
    }
  }

  @Test func twoPathsToOneFileAreOneOutput() throws {
    try withSampleDesk { desk in
      let common = #""image": "source.png", "reference": "reference.png", "mask": "mask.png""#
      try FileManager.default.createDirectory(
        atPath: desk.path("results/sub"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: desk.path("results/link"), withDestinationPath: "sub")
      let outputs = ["sub/a.png", "./sub/a.png", "sub//a.png", "link/a.png", "sub/a.PNG"]
      try outputs.map { "{\(common), \"steps\": 1, \"output\": \"\($0)\"}\n" }.joined()
        .write(toFile: desk.path("jobs.jsonl"), atomically: true, encoding: .utf8)
      let result = try desk.run([
        "--model", "model", "--manifest", "jobs.jsonl", "--output", "results", "--sampler", "ddim",
      ])
      #expect(result.exitCode == 1)
      #expect(result.output == "results/sub/a.png\nresults/sub/a.PNG\n", "\(result.error)")
      for line in 2...4 { #expect(result.error.contains("line \(line): results/")) }
    }
  }

  @Test func aManifestWritesNothingOutsideItsFolderWhereverLinksLead() throws {
    try withSampleDesk { desk in
      for name in ["results", "elsewhere"] {
        try FileManager.default.createDirectory(
          atPath: desk.path(name), withIntermediateDirectories: true)
      }
      try FileManager.default.createSymbolicLink(
        atPath: desk.path("results/link"), withDestinationPath: "../elsewhere")
      let common = #""image": "source.png", "reference": "reference.png", "mask": "mask.png""#
      try "{\(common), \"steps\": 1, \"output\": \"link/new/a.png\"}\n"
        .write(toFile: desk.path("jobs.jsonl"), atomically: true, encoding: .utf8)
      let result = try desk.run([
        "--model", "model", "--manifest", "jobs.jsonl", "--output", "results", "--sampler", "ddim",
      ])
      #expect(result.exitCode == 1)
      #expect(result.error.contains("which lies outside the folder for the results"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: desk.path("elsewhere")).isEmpty)
    }
  }

  @Test func anOutputIsNamedAsAskedForAndReplacesNoOther() throws {
    try withSampleDesk { desk in
      for name in ["keep.png", "keep-8.png"] { try desk.copy("source.png", to: name) }
      let source = try desk.bytes("source.png")
      #expect(try desk.sample("--output", "keep.PNG").output == "keep.PNG\n")
      let several = try desk.sample(
        "--output", "keep.Png", "--seed", "8", "--count", "2", "--grid")
      #expect(several.output == "keep-8.Png\nkeep-9.Png\nkeep.Png\n")
      #expect(try desk.bytes("keep.png") == source && desk.bytes("keep-8.png") == source)
      #expect(try desk.picture("keep.PNG") != desk.picture("source.png"))
    }
  }

  @Test(arguments: ["source.png", "./mask.png", "link/reference.png"])
  func aResultDoesNotReplaceWhatItIsMadeFrom(_ name: String) throws {
    try withSampleDesk { desk in
      try FileManager.default.createSymbolicLink(
        atPath: desk.path("link"), withDestinationPath: ".")
      let result = try desk.sample("--output", name)
      #expect(result.exitCode == 2)
      #expect(result.error.contains("\(name): the result would replace a file"), "\(result.error)")
    }
  }

  /// As editors, Excel, Windows and jq write it.
  @Test func aManifestIsReadHoweverItsTextIsWritten() throws {
    try withSampleDesk { desk in
      let jobs = ["a", "b"].map { name in
        #"{"image": "source.png", "mask": "mask.png", "reference": "reference.png", "#
          + #""output": "\#(name).png", "steps": 1}"#
      }
      let lines = jobs.joined(separator: "\n")
      let spread = lines.replacing("{", with: "{\n  ").replacing(", ", with: ",\n  ")
      let wide = (lines + "\n").replacing("\n", with: "\r\n")
      let forms: [(String, [UInt8])] = [
        ("bom.jsonl", [0xEF, 0xBB, 0xBF] + Array(lines.utf8)),
        ("mac.JSONL", Array(lines.replacing("\n", with: "\r").utf8)),
        ("windows.ndjson", [0xFF, 0xFE] + wide.utf16.flatMap { [UInt8($0), 0] }),
        ("list.json", Array("[\n\(jobs.joined(separator: ",\n"))\n]".utf8)),
        ("spread.json", Array(spread.utf8)),
      ]
      for (name, bytes) in forms {
        try Data(bytes).write(to: URL(filePath: desk.path(name)))
        let result = try desk.run([
          "--model", "model", "--manifest", name, "--output", "results", "--sampler", "ddim",
        ])
        #expect(result.output == "results/a.png\nresults/b.png\n", "\(name): \(result.error)")
      }
    }
  }

  @Test func aManifestSaysWhyItsFolderCannotBeMade() throws {
    try withSampleDesk { desk in
      try
        #"{"image": "source.png", "mask": "mask.png", "reference": "reference.png", "output": "a.png"}"#
        .write(toFile: desk.path("jobs.jsonl"), atomically: true, encoding: .utf8)
      let result = try desk.run(
        ["--model", "model", "--manifest", "jobs.jsonl", "--output", "source.png"])
      #expect(result.exitCode == 1)
      #expect(result.error.contains("cannot make the folder source.png: there is a file of that"))
    }
  }
}
