import Foundation
import Support
import Tensors
import Testing
import Training

/// `log.jsonl`: what stands in it, and what is left of it after a crash.
@Suite struct TrainingLogTests {
  private let files = TemporaryFiles()

  private func record(_ step: Int, loss: Float = 0.1) -> TrainingRecord {
    TrainingRecord(
      step: step, epoch: 2, loss: loss, learningRate: 1e-5, gradientNorm: 0.75,
      samplesPerSecond: 1.0 / 3, dataWaitSeconds: 0, peakMemoryBytes: 8 << 30)
  }

  private func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  @Test func aStepIsOneObjectWithTheContractsKeys() throws {
    let path = try files.write("", "log.jsonl")
    var last = record(7)
    last.measurements = ["loss_own": 0.5, "loss_null": .nan]
    try TrainingLog(path, keepingThrough: 0).append(last)
    #expect(
      try lines(path) == [
        "{\"step\": 7, \"epoch\": 2, \"loss\": 0.1, \"learning_rate\": 1e-05, "
          + "\"gradient_norm\": 0.75, \"samples_per_second\": 0.3333333333333333, "
          + "\"data_wait_seconds\": 0.0, \"peak_memory_bytes\": 8589934592, "
          + "\"loss_null\": null, \"loss_own\": 0.5}"
      ])
  }

  @Test func numbersReadBackBitForBit() throws {
    let path = try files.write("", "log.jsonl")
    var random = RandomStream(seed: 1, purpose: "log")
    let losses = (1...500).map { _ in Float(bitPattern: random.nextWord()) }.filter(\.isFinite)
    let log = try TrainingLog(path, keepingThrough: 0)
    for (step, loss) in losses.enumerated() { try log.append(record(step, loss: loss)) }
    let read = try lines(path).map { line -> Float? in
      guard case .object(let members) = try JSONValue(parsing: Data(line.utf8)) else { return nil }
      switch members["loss"] {
      case .number(let value): return Float(value)
      case .integer(let value): return Float(value)
      default: return nil
      }
    }
    #expect(read == losses)
  }

  @Test func resumingCutsLaterStepsAndHalfALine() throws {
    let path = try files.write("", "log.jsonl")
    let log = try TrainingLog(path, keepingThrough: 0)
    for step in 1...5 { try log.append(record(step)) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for cut in [0, 1, 30] {
      try whole.dropLast(cut).write(to: URL(fileURLWithPath: path))
      let resumed = try TrainingLog(path, keepingThrough: 3)
      try resumed.append(record(4, loss: 9))
      #expect(try lines(path) == ([1, 2, 3].map { record($0) } + [record(4, loss: 9)]).map(\.line))
    }
  }

  @Test func resumingWhereTheLogEndsKeepsItWhole() throws {
    let path = try files.write("", "log.jsonl")
    let log = try TrainingLog(path, keepingThrough: 0)
    for step in 1...3 { try log.append(record(step)) }
    try Data(contentsOf: URL(fileURLWithPath: path)).dropLast(7)
      .write(to: URL(fileURLWithPath: path))
    _ = try TrainingLog(path, keepingThrough: 3)
    #expect(try lines(path).count == 2)
    _ = try TrainingLog(path, keepingThrough: 2)
    #expect(try lines(path).count == 2)
  }

  @Test(arguments: ["", "\n", "\0\0\0", "{\"step\": 1", "rubbish\n{\"step\": \"one\"}\n"])
  func damagedLogsAreCutNotFatal(_ text: String) throws {
    let path = try files.write(text, "log.jsonl")
    _ = try TrainingLog(path, keepingThrough: 100)
    #expect(try lines(path).isEmpty)
  }

  @Test func aMissingFolderIsNamed() {
    #expect(throws: FileError.missingFolder(path: "/nowhere/log.jsonl", folder: "/nowhere")) {
      try TrainingLog("/nowhere/log.jsonl", keepingThrough: 0)
    }
  }
}
