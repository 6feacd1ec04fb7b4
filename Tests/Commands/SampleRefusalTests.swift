import Commands
import Foundation
import Pictures
import Testing

/// What `pbe-sample` refuses or warns of, and what it says then.
@Suite struct SampleRefusalTests {
  @Test(arguments: [
    (["--steps", "0"], "--steps is 0, expected 1 to 1000"),
    (["--scale", "nan"], "--scale is nan, expected a finite number"),
    (["--scales", "1,x"], "expected numbers with commas"),
    (["--scales", "1,1"], "each scale once"),
    (["--scale", "2", "--scales", "1,3"], "either --scale or --scales"),
    (["--sampler", "plms", "--eta", "0.5"], "use --sampler ddim"),
    (["--sampler", "unipc", "--eta", "1"], "use --sampler ddim"),
    (["--sampler", "euler"], "'plms', 'ddim', 'dpm++', 'unipc' or 'lcm'"),
    (["--count", "0"], "--count is 0"),
    (["--feather", "nan"], "--feather is nan, expected 0 to 10000 pixels"),
    (["--feather", "2", "--no-paste-back"], "--no-paste-back forbids"),
    (["--size", "30"], "--size 30×30: width and height must be multiples of 4"),
    (["--size", "big"], "expected N or WxH"),
    (["--seed", "-1"], "seed"),
    (["--grid"], "add --scales or --count"),
    (["--box", "1,2,3,4"], "either --mask or --box"),
    (["--output", "out.jpg"], "ends in .png"),
    (["--manifest", "jobs.jsonl"], "cannot be given with --manifest"),
  ])
  func refusesWhatTheCommandLineCannotMean(_ arguments: [String], _ message: String) throws {
    try withSampleDesk { desk in
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
    (
      "red.png",
      "red.png: the mask is empty: no pixel is 128 or more, so there is nothing to "
        + "repaint; it has the colour (255, 0, 0), whose grey level is only 76"
    ),
    (
      "zero-one.png",
      "zero-one.png: the mask is empty: no pixel is 128 or more, so there is nothing "
        + "to repaint; its largest value is 1, so it may be made of 0 and 1"
    ),
    ("missing.png", "missing.png: no such file"),
  ])
  func refusesMasksThatMakeNoSense(_ mask: String, _ message: String) throws {
    try withSampleDesk { desk in
      let result = try desk.run(desk.inputs(mask: ["--mask", mask]) + ["--output", "out.png"])
      #expect(result.exitCode == 1)
      #expect(result.error.contains("error: " + message), "\(result.error)")
    }
  }

  @Test func refusesBoxesThatAreNotInThePicture() throws {
    try withSampleDesk { desk in
      for (box, message) in [
        ("10,8,60,28", "reaches beyond the picture, which is 53×39"),
        ("-1,0,10,10", "the box -1,0,10,10 reaches beyond the picture, which is 53×39"),
        ("0.25,0.5,0.75,1", "looks like fractions of the picture's sides, but pixels are expected"),
        ("10.1,8,10.2,28", "the box 10.1,8,10.2,28 is empty: its sides are rounded"),
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
    try withSampleDesk { desk in
      let inputs = desk.inputs(mask: ["--box", "10,8,14,12"])
      let result = try desk.run(inputs + ["--output", "out.png", "--crop", crop])
      #expect(result.exitCode == 0)
      #expect(result.error.contains("warning: box 10,8,14,12: the mask covers only 0.77 %"))
      #expect(result.error.contains("--crop auto"))
    }
  }

  @Test func refusesWhatDoesNotFitIntoMemory() throws {
    try withSampleDesk { desk in
      let result = try desk.sample("--output", "out.png", "--size", "65536")
      #expect(result.exitCode == 1)
      #expect(result.error.contains("error: this needs about"))
      #expect(result.error.contains("would fit"))
    }
  }

  @Test func saysBeforeTheWorkThatAResultCannotBeWritten() throws {
    try withSampleDesk { desk in
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
    try withSampleDesk { desk in
      try FileManager.default.createSymbolicLink(
        atPath: desk.path("full-disk.png"), withDestinationPath: "/dev/full")
      let result = try desk.sample("--output", "full-disk.png")
      #expect(result.exitCode == 1)
      #expect(result.error.contains("no space left on the disk"))
    }
  }

  @Test func saysWhatIsWrongWithTheModel() throws {
    try withSampleDesk { desk in
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
    try withSampleDesk { desk in
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
}
