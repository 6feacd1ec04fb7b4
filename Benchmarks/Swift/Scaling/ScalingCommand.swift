import ArgumentParser
import Commands
import Foundation
import Support
import Tensors

/// `pbe-bench scaling`: how works would gain from more threads than this machine may have.
struct ScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Predict, and measure, how works gain from more threads.",
    discussion: """
      Each work runs once on one thread, while the processor time of every piece of its parallel \
      loops is taken. Then its loops are replayed for 2 to 64 threads: pieces in order, each to the \
      thread that is free first, plus what a loop costs to begin and end on this machine. Memory, \
      caches and clocks are left out, so that a prediction is an upper bound. On as many threads as \
      the machine has, the work also runs for real.

      Numbers are times as fast as one thread.
      """)

  @Argument(
    help: "Of \(ScalingWork.allCases.map(\.rawValue).joined(separator: ", ")). (default: all)")
  var works: [ScalingWork] = []

  @Option(help: ArgumentHelp("Write the numbers as JSON.", valueName: "FILE"))
  var json: String?

  @Option(help: "What the factors of products are rounded to; bf16-mixed is for training.")
  var precision = WorkPrecision.fp32

  @Option(help: "Runs of which the fastest counts, 1 to 100.")
  var repeats = 3

  @Option(
    help: ArgumentHelp(
      "Also list the loops that take longest on so many threads.", valueName: "THREADS"))
  var loops: Int?

  func validate() throws {
    guard loops.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--loops is \(loops ?? 0), expected a number of threads.")
    }
    guard (1...100).contains(repeats) else {
      throw ValidationError("--repeats is \(repeats), expected 1 to 100.")
    }
  }

  private static let predictedThreads = [2, 4, 8, 16, 32, 64]

  func run() throws {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    threadCount = max(processors, 2)
    let loopCost = measuredLoopCost()
    let chosen = works.isEmpty ? ScalingWork.allCases : works
    let task = TerminalProgress().begin("scaling", total: chosen.count, unit: "work")
    var results: [ScalingResult] = []
    for work in chosen {
      let result = try ScalingResult(
        work, precision, threads: Self.predictedThreads, processors: processors,
        loopCost: loopCost, repeats: repeats)
      results.append(result)
      task.log(result.line)
      try task.advance()
    }
    task.finish()
    print(ScalingResult.table(results, loopCost: loopCost))
    if let loops {
      for result in results { print("\n" + result.loopTable(threads: loops, count: 15)) }
    }
    if let json { try ScalingResult.write(results, to: json) }
  }
}
