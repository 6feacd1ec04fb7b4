import Foundation
import Support
import Tensors

/// What more threads bring to a work: times as fast as one, by the number of threads.
struct ScalingResult: Encodable {
  let work: String
  let predicted: [Int: Double]
  /// On the threads that this machine has.
  let measured: [Int: Double]
  private let title: String
  private let loops: Int
  private let seconds: Double
  private let serial: Double
  private let prediction: SchedulePrediction

  private enum CodingKeys: String, CodingKey { case work, predicted, measured }

  init(
    _ work: ScalingWork, _ precision: WorkPrecision, threads: [Int], processors: Int,
    loopCost: Double, repeats: Int
  ) throws {
    self.work = work.rawValue
    title = work.title
    var body = work.load(precision)
    func run() throws { _ = try body.run(body.cases[0]) }
    try run()  // packs weights and warms up
    let recordings = try (0..<repeats).map { _ in try recordingLoops(run) }
    let recording =
      recordings.min { $0.total < $1.total } ?? LoopRecording(serial: 0, loops: [])
    (loops, seconds) = (recording.loops.count, recording.total)
    serial = recording.serial / max(recording.total, .leastNonzeroMagnitude)
    let prediction = SchedulePrediction(recording: recording, loopCost: loopCost)
    predicted = Dictionary(
      uniqueKeysWithValues: threads.map { ($0, prediction.speedup(threads: $0)) })
    self.prediction = prediction

    let before = threadCount
    defer { threadCount = before }
    func fastest(threads: Int) throws -> Double {
      threadCount = threads
      return try (0..<repeats).map { _ in
        let start = ContinuousClock.now
        try run()
        return (ContinuousClock.now - start) / .seconds(1)
      }.min() ?? 0
    }
    let alone = try fastest(threads: 1)
    let counts = threads.filter { $0 < processors } + (processors > 1 ? [processors] : [])
    measured = Dictionary(
      uniqueKeysWithValues: try counts.map { ($0, alone / (try fastest(threads: $0))) })
  }

  /// The result in a line, as it comes.
  var line: String {
    let most = predicted.keys.max().flatMap { threads in
      predicted[threads].map { String(format: "%.1f × on %d threads, predicted", $0, threads) }
    }
    return "\(title): \(most ?? "")"
  }

  /// The loops that take longest on so many threads.
  func loopTable(threads: Int, count: Int) -> String {
    let shares = prediction.shares(threads: threads)
    let whole = shares.reduce(0) { $0 + $1.seconds }
    let rows = shares.prefix(count).map { share in
      [
        share.place, "\(share.loops)", String(format: "%.1f ms", 1e3 * share.alone),
        String(format: "%.2f ms", 1e3 * share.seconds),
        String(format: "%.1f %%", 100 * share.seconds / whole),
        String(format: "%.1f ×", share.alone / max(share.seconds, .leastNonzeroMagnitude)),
      ]
    }
    let header = ["loops at", "of them", "1 thread", "\(threads) threads", "share", "gain"]
    return ([title] + TextTable(rows: [header] + rows).lines).joined(separator: "\n")
  }

  static func table(_ results: [ScalingResult], loopCost: Double) -> String {
    let threads = Set(results.flatMap(\.predicted.keys)).sorted()
    let ran = Set(results.flatMap(\.measured.keys)).sorted()
    let header =
      ["work", "1 thread", "loops", "outside"] + threads.map { "\($0) predicted" }
      + ran.map { "\($0) measured" }
    func cell(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "" }
    let rows = results.map { result in
      [
        result.title, String(format: "%.2f s", result.seconds), "\(result.loops)",
        String(format: "%.1f %%", 100 * result.serial),
      ] + threads.map { cell(result.predicted[$0]) } + ran.map { cell(result.measured[$0]) }
    }
    let note = String(
      format: "A loop costs %.1f µs on two threads, here; on n, log2(n) times that.", 1e6 * loopCost
    )
    return (TextTable(rows: [header] + rows).lines + ["", note]).joined(separator: "\n")
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(work, forKey: .work)
    try container.encode(named(predicted), forKey: .predicted)
    try container.encode(named(measured), forKey: .measured)
  }

  /// JSON has no numbers for keys.
  private func named(_ values: [Int: Double]) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: values.map { ("\($0)", $1) })
  }

  static func write(_ results: [ScalingResult], to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(results) + Data("\n".utf8), to: path)
  }
}
