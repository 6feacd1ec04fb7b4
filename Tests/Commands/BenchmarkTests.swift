import Commands
import Foundation
import Tensors
import TestSupport
import Testing

/// `pbe-bench`: what `Benchmarks/bench.py` relies on.
@Suite struct BenchmarkTests {
  private let folder = NSTemporaryDirectory() + "pbe-bench-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try TinyModel.write(to: path("model"))
  }

  private func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// Runs a work on commands and returns its answers.
  private func answers(_ arguments: [String], _ commands: String) throws -> [[String: Any]] {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let outcome = try Program(name: "pbe-bench").run(["work"] + arguments, input: commands)
    #expect(outcome.exitCode == 0, "\(outcome.error)")
    return try outcome.output.split(separator: "\n").map { line in
      let json = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(json as? [String: Any])
    }
  }

  private func random(_ shape: [Int]) -> Tensor {
    var random = RandomStream(seed: 1, purpose: "bench", index: UInt64(shape.reduce(1, *)))
    return Tensor(normal: shape, using: &random)
  }

  private func write(_ inputs: [String: Tensor]) throws -> [String] {
    try Safetensors.write(inputs, to: path("in.safetensors"))
    return ["--model", path("model"), "--inputs", path("in.safetensors")]
  }

  @Test func aWorkSaysItsCasesAndTimesThem() throws {
    let inputs = try write([
      "sample": random([2, 9, 8, 8]), "timestep": Tensor([1], [7]),
      "encoder_hidden_states": random([2, 1, 8]),
    ])
    let answers = try answers(["unet"] + inputs, "run pair\nrun\nrun attention\nquit\n")
    #expect(answers[0]["cases"] as? [String] == ["pair", "plain", "attention"])
    #expect(answers.count == 4)
    for answer in answers.dropFirst() {
      #expect(try #require(answer["seconds"] as? Double) > 0)
      #expect(try #require(answer["peak_memory_bytes"] as? Int) > 1 << 20)
    }
  }

  @Test func resultsAreLaidOutAsInPyTorch() throws {
    let inputs = try write(["sample": random([1, 4, 6, 5])])
    let file = path("out.safetensors")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let outcome = try Program(name: "pbe-bench").run(
      ["work", "vae-decode"] + inputs, input: "result \(file)\nquit\n")
    #expect(outcome.exitCode == 0, "\(outcome.error)")
    #expect(try Safetensors(file).tensor("sample").shape == [1, 3, 12, 10])
  }

  @Test func aTrainingStepChangesTheNextLoss() throws {
    let inputs = try write([
      "sample": random([2, 9, 8, 8]), "timestep": Tensor([2], [7, 300]),
      "encoder_hidden_states": random([2, 1, 8]), "target": random([2, 4, 8, 8]),
    ])
    let (first, second) = (path("1.safetensors"), path("2.safetensors"))
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let outcome = try Program(name: "pbe-bench").run(
      ["work", "training", "--recompute"] + inputs,
      input: "result \(first)\nresult \(second)\nquit\n")
    #expect(outcome.exitCode == 0, "\(outcome.error)")
    let losses = try [first, second].map { try Safetensors($0).tensor("loss").scalar }
    #expect(losses[1] < losses[0])
  }

  @Test(arguments: [
    ("walk", "'walk' is no command; expected run [CASE], result FILE [CASE] or quit"),
    ("run fast", "this work has no case 'fast'; it has default"),
  ])
  func aWrongCommandIsAnsweredWithWhatIsExpected(_ command: String, _ message: String) throws {
    let inputs = try write(["sample": random([1, 4, 4, 4])])
    let answers = try answers(["vae-decode"] + inputs, "\(command)\nrun\nquit\n")
    #expect(answers[1]["error"] as? String == message)
    #expect(answers[2]["seconds"] != nil)  // it goes on
  }

  @Test func waysToPasteBackAreComparedAtTheRim() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let scenes = try Program(name: "pbe-data").run(
      "scenes", "--output", path("scenes"), "--images", "0", "--bench", "2", "--size", "64")
    #expect(scenes.exitCode == 0, "\(scenes.error)")
    let outcome = try Program(name: "pbe-bench").run(
      "rim", "--model", path("model"), "--bench", path("scenes/bench"), "--steps", "1")
    #expect(outcome.exitCode == 0, "\(outcome.error)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 3 + 10 && lines[0] == "2 cases of 64×64")
    let rows = lines.dropFirst(3).map { $0.split(separator: " ").compactMap { Float($0) } }
    // A wide feather keeps what was there: the truth, or another object.
    let (narrow, wide) = (rows[0], rows[4])
    #expect(narrow.count == 5 && narrow[0] == 0 && wide[0] == 16)
    #expect(wide[3] < narrow[3])
  }

  @Test func whatAWorkNeedsIsSaid() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let outcome = try Program(name: "pbe-bench").run("work", "unet", "--model", path("model"))
    #expect(outcome.exitCode == 1)
    #expect(outcome.error == "error: this work needs --inputs\n")
  }
}

private enum ResultsFile {
  static let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Benchmarks/results.json")
  static var exists: Bool { FileManager.default.fileExists(atPath: url.path) }
}

/// `Benchmarks/results.json`, whose form others read; where a machine has made one.
@Suite(.enabled(if: ResultsFile.exists)) struct BenchmarkResultsTests {
  private func results() throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: ResultsFile.url))
    return try #require(json as? [String: Any])
  }

  @Test func theMachineIsDescribed() throws {
    let machine = try #require(results()["machine"] as? [String: Any])
    #expect(
      Set(machine.keys) == [
        "cpu", "flags", "cores", "sgemm_gflops", "fma_gflops", "memory_gbs",
      ])
    #expect(machine["flags"] is [String])
  }

  @Test func everyRowHasTheSameKeysAndARatioOfItsMedians() throws {
    let rows = try #require(results()["rows"] as? [[String: Any]])
    #expect(!rows.isEmpty)
    for row in rows {
      #expect(
        Set(row.keys) == [
          "work", "ours_seconds", "peers", "best_peer", "ratio", "ratio_low", "ratio_high", "goal",
          "error", "peak_memory_bytes",
        ])
      let ours = try #require(row["ours_seconds"] as? [Double])
      let peers = try #require(row["peers"] as? [String: [Double]])
      guard let best = row["best_peer"] as? String, let theirs = peers[best], !ours.isEmpty
      else { continue }
      let ratio = try #require(row["ratio"] as? Double)
      #expect(abs(median(theirs) / median(ours) / ratio - 1) < 1e-3)
    }
  }

  private func median(_ values: [Double]) -> Double {
    let (sorted, middle) = (values.sorted(), values.count / 2)
    return values.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
