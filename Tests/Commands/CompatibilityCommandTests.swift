import Commands
import Foundation
import Pictures
import TestSupport
import Testing

/// `pbe-sample --compat`, and each of the parts that it sets.
///
/// Expected pictures: Tests/Golden/pipeline.py.
@Suite struct CompatibilityCommandTests {
  @Test(arguments: ["official", "diffusers"])
  func oneWordMakesThePictureOfTheReference(_ name: String) throws {
    try withOutput { output in
      let result = try sample(output, "--compat", name)
      #expect(result.exitCode == 0, "\(result.error)")
      let found = try ImageFile.read(output).image
      let expected = try ImageFile.read(Golden.file("pipeline/\(name)-4-steps.png").path).image
      let equal = zip(found.pixels, expected.pixels).count { $0 == $1 }
      #expect(Double(equal) >= 0.995 * Double(expected.pixels.count))
    }
  }

  @Test func theFileSaysWhatWasFollowed() throws {
    let own = [
      "mask-resize": "bilinear", "reference-resize": "stretch", "rng": "philox",
      "draw-order": "posterior-first", "rounding": "round", "unguided": "1",
      "single-step": "heun", "plms-history": "noise", "timesteps": "counted", "crop": "auto",
      "paste-back": "yes", "precision": "fp32",
    ]
    let whole = ["crop": "none", "paste-back": "no", "rng": "torch"]
    let official = ["rounding": "truncate", "timesteps": "spanning"]
    let diffusers = [
      "mask-resize": "nearest", "reference-resize": "clip", "draw-order": "latents-first",
      "unguided": "up-to-1", "single-step": "euler", "plms-history": "output",
    ]
    #expect(try parts() == own.with(["feather": "0", "match-seam": "yes"]))
    #expect(try parts("--compat", "official") == own.with(whole).with(official))
    #expect(try parts("--compat", "diffusers") == own.with(whole).with(diffusers))
  }

  @Test(arguments: [
    ("mask-resize", "bilinear"), ("reference-resize", "stretch"), ("rng", "philox"),
    ("draw-order", "posterior-first"), ("rounding", "truncate"), ("unguided", "1"),
    ("single-step", "heun"), ("plms-history", "noise"), ("timesteps", "spanning"),
    ("crop", "auto"),
  ])
  func eachPartCanBeGivenOtherwise(_ name: String, _ value: String) throws {
    let diffusers = try parts("--compat", "diffusers")
    #expect(diffusers[name] != value)
    #expect(
      try parts("--compat", "diffusers", "--\(name)", value) == diffusers.with([name: value]))
  }

  @Test func pasteBackAndSizeCanBeGivenOtherwise() throws {
    try withOutput { output in
      let whole = try sample(output, "--compat", "diffusers", "--size", "48x32")
      #expect(whole.exitCode == 0, "\(whole.error)")
      let small = try ImageFile.read(output).image
      #expect(small.width == 48 && small.height == 32)
      let pasted = try sample(output, "--compat", "diffusers", "--size", "32", "--paste-back")
      #expect(pasted.exitCode == 0, "\(pasted.error)")
      let source = try ImageFile.read(Golden.file("pipeline/source.png").path).image
      #expect(try ImageFile.read(output).image.pixels.prefix(30) == source.pixels.prefix(30))
    }
  }

  @Test func picturesThatTheNetworkCannotTakeAreNotResizedUnasked() throws {
    try withOutput { output in
      let result = try run(
        output,
        ["--image", path("tall.png"), "--box", "10,10,30,30", "--compat", "diffusers"])
      #expect(result.exitCode == 1)
      #expect(result.error.contains("41×77 pixels are to be repainted without resizing"))
      #expect(result.error.contains("multiples of 8") && result.error.contains("--size WxH"))
    }
  }

  @Test func stepsAtWhichTheOfficialCodeFailsAreRefused() throws {
    try withOutput { output in
      let result = try sample(output, "--compat", "official", "--steps", "27")
      #expect(result.exitCode == 2)
      #expect(result.error.contains("--steps 27") && result.error.contains("--timesteps counted"))
      let counted = try sample(
        output, "--compat", "official", "--steps", "27", "--timesteps", "counted")
      #expect(counted.exitCode == 0, "\(counted.error)")
    }
  }

  @Test func aNameThatIsNoImplementationIsRefused() throws {
    try withOutput { output in
      let result = try sample(output, "--compat", "comfy")
      #expect(result.exitCode == 2)
      #expect(result.error.contains("'official'") && result.error.contains("'diffusers'"))
    }
  }

  private func path(_ name: String) -> String { Golden.file("pipeline/\(name)").path }

  private func sample(_ output: String, _ arguments: String...) throws -> Program.Outcome {
    try run(output, ["--image", path("source.png"), "--mask", path("mask.png")] + arguments)
  }

  private func run(_ output: String, _ arguments: [String]) throws -> Program.Outcome {
    let steps = arguments.contains("--steps") ? [] : ["--steps", "4"]
    return try Program(name: "pbe-sample").run(
      ["--model", path("model"), "--reference", path("reference.png"), "--output", output]
        + steps + arguments)
  }

  /// What the written file says about the parts.
  private func parts(_ arguments: String...) throws -> [String: String] {
    var parts: [String: String] = [:]
    try withOutput { output in
      let inputs = ["--image", path("source.png"), "--mask", path("mask.png"), "--steps", "1"]
      let result = try run(output, inputs + arguments)
      #expect(result.exitCode == 0, "\(result.error)")
      let told = ["model", "weights", "version", "Software", "seed", "sampler", "steps", "scale"]
      for (key, value) in try ImageFile.text(output)
      where !told.contains(key) && !["eta", "size", "posterior"].contains(key) {
        parts[key] = value
      }
    }
    return parts
  }

  private func withOutput(_ body: (String) throws -> Void) throws {
    let file = NSTemporaryDirectory() + "pbe-compatibility-\(UUID().uuidString).png"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try body(file)
  }
}

extension [String: String] {
  fileprivate func with(_ other: [String: String]) -> [String: String] {
    merging(other) { $1 }
  }
}
