import Commands
import Foundation
import Tensors
import TestSupport
import Testing

/// `pbe-convert run` against PyTorch; the fixture is made by Tests/Golden/components.py.
@Suite struct RunCommandTests {
  @Test(arguments: [
    ("square", "unet"), ("wide", "unet"), ("tokens", "unet"), ("encode", "vae-encode"),
    ("decode", "vae-decode"), ("reference", "image-encoder"),
  ])
  func everyBlockMatchesPyTorch(_ name: String, _ component: String) throws {
    let golden = try Golden("components")
    try withDesk(deep: name == "tokens") { desk in
      try desk.write(golden.group("\(name)/inputs"))
      let traced = try desk.run(component, "--trace")
      #expect(traced.exitCode == 0, "\(traced.error)")
      let found = try desk.outputs()
      let outputs = golden.group("\(name)/outputs")
      let expected = golden.group("\(name)/blocks").merging(outputs) { block, _ in block }
      #expect(found.keys.sorted() == expected.keys.sorted())
      for (name, tensor) in found {
        expectClose(tensor, try #require(expected[name]), 1e-4, name)
      }
      #expect(try desk.run(component).exitCode == 0)
      let plain = try desk.outputs()
      #expect(plain == found.filter { outputs.keys.contains($0.key) })
    }
  }

  /// 981 at every picture, given once or for each, as any of the shapes that diffusers takes.
  @Test func oneTimestepIsForAllPictures() throws {
    var inputs = try Golden("components").group("wide/inputs")
    try withDesk { desk in
      let results = try [Tensor(981), Tensor([1], [981]), Tensor([2], [981, 981])].map { timestep in
        inputs["timestep"] = timestep
        try desk.write(inputs)
        #expect(try desk.run("unet").exitCode == 0)
        return try desk.outputs()
      }
      #expect(results[0] == results[1] && results[0] == results[2])
    }
  }

  @Test func aComponentNeedsNoOthersBesideIt() throws {
    try withDesk { desk in
      for other in ["vae", "image_encoder", "scheduler", "model_index.json"] {
        try FileManager.default.removeItem(atPath: desk.path("model/\(other)"))
      }
      try desk.write(try Golden("components").group("square/inputs"))
      let result = try desk.run("unet")
      #expect(result.exitCode == 0, "\(result.error)")
    }
  }

  // MARK: Bad input

  @Test func namesAreThoseOfDiffusers() throws {
    try withDesk { desk in
      try desk.write(["sample": Tensor(zeros: [1, 9, 8, 8]), "timesteps": Tensor(1)])
      let result = try desk.run("unet")
      #expect(result.exitCode == 1)
      #expect(
        result.error == "error: in.safetensors: the component's inputs are sample, timestep, "
          + "encoder_hidden_states; missing: timestep, encoder_hidden_states; not known: timesteps "
          + "(did you mean 'timestep'?)\n")
    }
  }

  @Test(arguments: [
    (
      "sample", [1, 4, 8, 8],
      "`sample` has the shape [1, 4, 8, 8], this model takes "
        + "[N, 9, h (a multiple of 2), w (a multiple of 2)]"
    ),
    ("sample", [1, 9, 8, 7], "[1, 9, 8, 7], this model takes [N, 9, h (a multiple of 2)"),
    ("sample", [9, 8, 8], "[9, 8, 8], this model takes"),
    ("sample", [0, 9, 8, 8], "[0, 9, 8, 8], this model takes"),
    ("sample", [1, 9, 0, 8], "[1, 9, 0, 8], this model takes"),
    (
      "encoder_hidden_states", [2, 1, 12],
      "`encoder_hidden_states` has the shape [2, 1, 12], this model takes [1, K, 12]"
    ),
    ("encoder_hidden_states", [1, 1, 768], "[1, 1, 768], this model takes [1, K, 12]"),
    ("timestep", [2], "`timestep` has the shape [2], this model takes [] or [1]"),
  ])
  func shapesAreChecked(_ name: String, _ shape: [Int], _ message: String) throws {
    var inputs = try Golden("components").group("square/inputs")
    inputs[name] = Tensor(zeros: shape)
    try withDesk { desk in
      try desk.write(inputs)
      let result = try desk.run("unet")
      #expect(result.exitCode == 1)
      #expect(result.error.contains("error: in.safetensors: "), "\(result.error)")
      #expect(result.error.contains(message), "\(result.error)")
      #expect(!desk.exists("out.safetensors"))
    }
  }

  @Test(arguments: [
    ("vae-encode", "sample", [1, 3, 9, 8], "[N, 3, H (a multiple of 2), W (a multiple of 2)]"),
    ("vae-decode", "sample", [1, 3, 8, 8], "[N, 4, h, w]"),
    ("image-encoder", "pixel_values", [1, 3, 224, 224], "[N, 3, 12, 12]"),
  ])
  func everyComponentSaysWhatItTakes(
    _ component: String, _ name: String, _ shape: [Int], _ expected: String
  ) throws {
    try withDesk { desk in
      try desk.write([name: Tensor(zeros: shape)])
      let result = try desk.run(component)
      #expect(result.exitCode == 1)
      #expect(result.error.contains("this model takes \(expected)"), "\(result.error)")
    }
  }

  @Test(arguments: [Float(-1), 1000, 500.5, .nan, .infinity])
  func timestepsAreWholeAndInRange(_ timestep: Float) throws {
    var inputs = try Golden("components").group("square/inputs")
    inputs["timestep"] = Tensor(timestep)
    try withDesk { desk in
      try desk.write(inputs)
      let result = try desk.run("unet")
      #expect(result.exitCode == 1)
      let message = "`timestep` holds \(timestep), expected whole numbers from 0 to 999"
      #expect(result.error.contains(message), "\(result.error)")
    }
  }

  @Test func warnsOfInputsThatAreNotNumbers() throws {
    try withDesk { desk in
      var values = [Float](repeating: 0, count: 3 * 12 * 12)
      (values[7], values[8]) = (.nan, .infinity)
      try desk.write(["pixel_values": Tensor([1, 3, 12, 12], values)])
      let result = try desk.run("image-encoder")
      #expect(result.exitCode == 0)
      #expect(
        result.error.contains(
          "warning: in.safetensors: 2 of the 432 numbers of `pixel_values` are infinite or not a "
            + "number"))
    }
  }

  @Test func saysWhatIsWrongWithTheCommandLineAndTheFiles() throws {
    try withDesk { desk in
      let component = try desk.run("vae")
      #expect(component.exitCode == 2)
      #expect(component.error.contains("'vae-encode'"), "\(component.error)")
      let missing = try desk.run("vae-decode")
      #expect(missing.exitCode == 1)
      #expect(missing.error == "error: in.safetensors: no such file\n")
      try desk.write(["sample": Tensor(zeros: [1, 4, 2, 2])])
      let nowhere = try desk.run("vae-decode", "--outputs", "nowhere/out.safetensors")
      #expect(nowhere.exitCode == 1)
      #expect(nowhere.error.contains("the folder nowhere does not exist"))
      let model = try desk.run("vae-decode", "--model", "elsewhere")
      #expect(model.exitCode == 1)
      #expect(model.error.hasPrefix("error: elsewhere: no such file or folder"), "\(model.error)")
    }
  }

  private func withDesk(deep: Bool = false, _ body: (Desk) throws -> Void) throws {
    let desk = try Desk(deep: deep)
    defer { desk.clear() }
    try body(desk)
  }
}

/// A folder with a model.
private struct Desk {
  let folder = NSTemporaryDirectory() + "pbe-run-\(UUID().uuidString)"

  init(deep: Bool) throws { try GoldenModel.write(to: path("model"), deep: deep) }

  func clear() { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func write(_ inputs: [String: Tensor]) throws {
    try Safetensors.write(inputs, to: path("in.safetensors"))
  }

  func outputs() throws -> [String: Tensor] {
    try Safetensors(path("out.safetensors")).tensors()
  }

  /// With this desk's model and files, where `arguments` do not say otherwise.
  func run(_ component: String, _ arguments: String...) throws -> Program.Outcome {
    let usual = [
      ("--model", "model"), ("--inputs", "in.safetensors"), ("--outputs", "out.safetensors"),
    ]
    .filter { !arguments.contains($0.0) }.flatMap { [$0.0, $0.1] }
    return try Program(name: "pbe-convert").run(
      ["run", "--component", component, "--threads", "1"] + usual + arguments, in: folder)
  }
}
