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
    try withDesk { desk in
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
    try withDesk { desk in
      let result = try desk.sample(
        "--output", "out.png", "--no-paste-back", "--crop", "none", "--size", "40x24")
      #expect(result.exitCode == 0, "\(result.error)")
      let picture = try desk.picture("out.png")
      #expect(picture.width == 40 && picture.height == 24)
    }
  }

  @Test func threadsAndASecondRunChangeNothing() throws {
    try withDesk { desk in
      for (name, threads) in [("one.png", "1"), ("two.png", "2"), ("again.png", "2")] {
        let arguments = ["--output", name, "--sampler", "plms", "--threads", threads]
        #expect(try desk.sample(arguments).exitCode == 0)
      }
      let bytes = try ["one.png", "two.png", "again.png"].map(desk.bytes)
      #expect(bytes[0] == bytes[1] && bytes[1] == bytes[2])
    }
  }

  @Test func everySamplerMakesItsOwnPicture() throws {
    let samplers = ["plms", "ddim", "dpm++", "unipc"]
    try withDesk { desk in
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
    try withDesk { desk in
      let together = try desk.sample("--output", "out.png", "--seed", "8", "--count", "3")
      #expect(together.output == "out-8.png\nout-9.png\nout-10.png\n")
      #expect(!desk.exists("out.png"))
      #expect(try desk.sample("--output", "alone.png", "--seed", "10").exitCode == 0)
      #expect(try desk.bytes("alone.png") == desk.bytes("out-10.png"))
      #expect(try desk.bytes("alone.png") != desk.bytes("out-9.png"))
    }
  }

  @Test func scalesAreInTheNamesAndTheGridShowsThemTogether() throws {
    try withDesk { desk in
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

  @Test func aBoxStandsInForTheMaskAndInvertingSwapsTheSides() throws {
    try withDesk { desk in
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
    try withDesk { desk in
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
    try withDesk { desk in
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
    try withDesk { desk in
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
    try withDesk { desk in
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

  /// As editors, Excel, Windows and jq write it.
  @Test func aManifestIsReadHoweverItsTextIsWritten() throws {
    try withDesk { desk in
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
    try withDesk { desk in
      try
        #"{"image": "source.png", "mask": "mask.png", "reference": "reference.png", "output": "a.png"}"#
        .write(toFile: desk.path("jobs.jsonl"), atomically: true, encoding: .utf8)
      let result = try desk.run(
        ["--model", "model", "--manifest", "jobs.jsonl", "--output", "source.png"])
      #expect(result.exitCode == 1)
      #expect(result.error.contains("cannot make the folder source.png: there is a file of that"))
    }
  }

  // MARK: Bad input

  @Test(arguments: [
    (["--steps", "0"], "--steps is 0, expected 1 to 1000"),
    (["--scale", "nan"], "--scale is nan, expected a finite number"),
    (["--scales", "1,x"], "expected numbers with commas"),
    (["--scales", "1,1"], "each scale once"),
    (["--scale", "2", "--scales", "1,3"], "either --scale or --scales"),
    (["--sampler", "plms", "--eta", "0.5"], "use --sampler ddim"),
    (["--sampler", "unipc", "--eta", "1"], "use --sampler ddim"),
    (["--sampler", "euler"], "'plms', 'ddim', 'dpm++' or 'unipc'"),
    (["--count", "0"], "--count is 0"),
    (["--size", "30"], "--size 30×30: width and height must be multiples of 4"),
    (["--size", "big"], "expected N or WxH"),
    (["--seed", "-1"], "seed"),
    (["--grid"], "add --scales or --count"),
    (["--box", "1,2,3,4"], "either --mask or --box"),
    (["--output", "out.jpg"], "ends in .png"),
    (["--manifest", "jobs.jsonl"], "cannot be given with --manifest"),
  ])
  func refusesWhatTheCommandLineCannotMean(_ arguments: [String], _ message: String) throws {
    try withDesk { desk in
      let output = arguments.contains("--output") ? [] : ["--output", "out.png"]
      let result = try desk.sample(output + arguments)
      #expect(result.exitCode == 2)
      #expect(result.error.contains(message), "\(result.error)")
      #expect(!desk.exists("out.png"))
    }
  }

  @Test(arguments: [
    ("small.png", "small.png: the mask is 20×20 pixels, the picture"),
    ("empty.png", "empty.png: the mask is empty"),
    ("full.png", "full.png: the mask covers the whole picture"),
    ("missing.png", "missing.png: no such file"),
  ])
  func refusesMasksThatMakeNoSense(_ mask: String, _ message: String) throws {
    try withDesk { desk in
      let result = try desk.run(desk.inputs(mask: ["--mask", mask]) + ["--output", "out.png"])
      #expect(result.exitCode == 1)
      #expect(result.error.contains("error: " + message), "\(result.error)")
    }
  }

  @Test func refusesBoxesThatAreNotInThePicture() throws {
    try withDesk { desk in
      for (box, message) in [
        ("10,8,60,28", "reaches beyond the picture, which is 53×39"),
        ("30,8,10,28", "empty or inverted"), ("1,2,3", "expected four numbers"),
      ] {
        let result = try desk.run(desk.inputs(mask: ["--box", box]) + ["--output", "out.png"])
        #expect(result.exitCode == 2)
        #expect(result.error.contains(message), "\(result.error)")
      }
    }
  }

  @Test(arguments: ["auto", "none"])
  func warnsOfASmallMask(_ crop: String) throws {
    try withDesk { desk in
      let inputs = desk.inputs(mask: ["--box", "10,8,14,12"])
      let result = try desk.run(inputs + ["--output", "out.png", "--crop", crop])
      #expect(result.exitCode == 0)
      #expect(result.error.contains("warning: box 10,8,14,12: the mask covers only 0.77 %"))
      #expect(result.error.contains("--crop auto"))
    }
  }

  @Test func refusesWhatDoesNotFitIntoMemory() throws {
    try withDesk { desk in
      let result = try desk.sample("--output", "out.png", "--size", "65536")
      #expect(result.exitCode == 1)
      #expect(result.error.contains("error: this needs about"))
      #expect(result.error.contains("would fit"))
    }
  }

  @Test func saysBeforeTheWorkThatAResultCannotBeWritten() throws {
    try withDesk { desk in
      let missing = try desk.sample("--output", "nowhere/out.png")
      #expect(missing.exitCode == 1)
      #expect(missing.error.contains("the folder nowhere does not exist"))
      #expect(!missing.error.contains("Needs"))
      let latents = try desk.sample("--output", "out.png", "--save-latents", "nowhere/l")
      #expect(latents.exitCode == 1 && !desk.exists("out.png"))
      try FileManager.default.createDirectory(
        atPath: desk.path("locked"), withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o555])
      guard getuid() != 0 else { return }  // root may write anywhere
      let locked = try desk.sample("--output", "locked/out.png")
      #expect(locked.exitCode == 1 && locked.error.contains("permission denied"))
    }
  }

  @Test func saysThatTheDiskIsFull() throws {
    try withDesk { desk in
      try FileManager.default.createSymbolicLink(
        atPath: desk.path("full-disk.png"), withDestinationPath: "/dev/full")
      let result = try desk.sample("--output", "full-disk.png")
      #expect(result.exitCode == 1)
      #expect(result.error.contains("no space left on the disk"))
    }
  }

  @Test func saysWhatIsWrongWithTheModel() throws {
    try withDesk { desk in
      let inputs = Array(desk.inputs(mask: ["--mask", "mask.png"]).dropFirst(2))
      let unknown = try desk.run(["--model", "nowhere"] + inputs + ["--output", "out.png"])
      #expect(unknown.exitCode == 1)
      #expect(unknown.error.hasPrefix("error: nowhere: no such file or folder"))
      let weights = desk.path("model/unet/diffusion_pytorch_model.safetensors")
      let whole = try Data(contentsOf: URL(fileURLWithPath: weights))
      try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: weights))
      let truncated = try desk.sample("--output", "out.png")
      #expect(truncated.exitCode == 1)
      #expect(truncated.error.contains("diffusion_pytorch_model.safetensors is truncated"))
    }
  }

  @Test func refusesMoreStepsThanTheModelHasTimesteps() throws {
    try withDesk { desk in
      let file = desk.path("model/scheduler/scheduler_config.json")
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let short = text.replacing(
        /"num_train_timesteps" ?: ?1000/, with: "\"num_train_timesteps\": 10")
      #expect(short != text)
      try short.write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try desk.sample("--output", "ten.png", "--steps", "10").exitCode == 0)
      let result = try desk.sample("--output", "out.png", "--steps", "11")
      #expect(result.exitCode == 2)
      #expect(result.error.contains("--steps is 11, expected at most 10 for this model"))
    }
  }

  @Test func helpHasExamplesAndTheVersionIsKnown() throws {
    let program = Program(name: "pbe-sample")
    let help = try program.run("--help")
    #expect(help.exitCode == 0)
    #expect(help.output.contains("pbe-sample --model MODEL --manifest jobs.jsonl"))
    #expect(try program.run("--version").output == "0.1.0\n")
  }

  private func withDesk(_ body: (Desk) throws -> Void) throws {
    let desk = try Desk()
    defer { desk.clear() }
    try body(desk)
  }
}

/// A folder with a model, a source of 53×39 pixels, a reference and masks.
private struct Desk {
  let folder = NSTemporaryDirectory() + "pbe-sample-\(UUID().uuidString)"

  init() throws {
    try TinyModel.write(to: path("model"))
    try noise(width: 53, height: 39, seed: 1).writePNG(to: path("source.png"))
    try noise(width: 20, height: 30, seed: 2).writePNG(to: path("reference.png"))
    var mask = GrayImage(width: 53, height: 39, fill: 0)
    mask.draw(GrayImage(width: 20, height: 20, fill: 255), x: 10, y: 8)
    try mask.writePNG(to: path("mask.png"))
    mask.pixels = mask.pixels.map { 255 - $0 }
    try mask.writePNG(to: path("black.png"))
    try GrayImage(width: 53, height: 39, fill: 0).writePNG(to: path("empty.png"))
    try GrayImage(width: 53, height: 39, fill: 255).writePNG(to: path("full.png"))
    try GrayImage(width: 20, height: 20, fill: 255).writePNG(to: path("small.png"))
  }

  func clear() { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }
  func picture(_ name: String) throws -> Image { try ImageFile.read(path(name)).image }

  func inputs(mask: [String]) -> [String] {
    [
      "--model", "model", "--image", "source.png", "--reference", "reference.png", "--sampler",
      "ddim", "--steps", "2",
    ] + mask
  }

  /// With the mask and two steps of DDIM, where `arguments` do not say otherwise.
  func sample(_ arguments: [String]) throws -> Program.Outcome {
    var usual = inputs(mask: ["--mask", "mask.png"])
    for option in ["--sampler", "--steps"] where arguments.contains(option) {
      guard let place = usual.firstIndex(of: option) else { continue }
      usual.removeSubrange(place...place + 1)
    }
    return try run(usual + arguments)
  }

  func sample(_ arguments: String...) throws -> Program.Outcome { try sample(arguments) }

  func run(_ arguments: [String]) throws -> Program.Outcome {
    try Program(name: "pbe-sample").run(arguments, in: folder)
  }

  private func noise(width: Int, height: Int, seed: UInt64) -> Image {
    var random = RandomStream(seed: seed, purpose: "desk")
    let pixels = (0..<width * height * 3).map { _ in UInt8(random.uniform() * 256) }
    return Image(width: width, height: height, pixels: pixels)
  }
}
