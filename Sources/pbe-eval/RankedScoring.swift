import Commands
import Evaluation
import Foundation
import Support

/// A run whose cases ranks share.
extension ScoreCommand {
  /// Every rank makes and scores its part of the cases, as `--shard` does; the first joins them, as
  /// `pbe-eval merge` does. The parts stay in `OUTPUT/ranks`, for a run that is started again.
  func runShared(_ exchange: MPIExchange, to output: URL) throws {
    guard folders.shard == nil, !sweep.isGiven else {
      let option = folders.shard == nil ? sweep.given[0] : "--shard"
      throw UsageError(
        "\(option) cannot be given to several processes, which share the cases: start one, or leave it "
          + "out.")
    }
    let bench = URL(filePath: folders.bench)
    let total = min(try Bench(at: bench).cases.count, folders.limit ?? .max)
    let count = max(min(exchange.count, total), 1)
    let parts = (1...count).map { output.appending(path: "ranks/\($0)-of-\(count)") }
    if let shard = Shard(index: exchange.rank + 1, count: count) {
      let part = parts[exchange.rank]
      let inputs = try metrics.inputs(takesAllFeatures: true)
      try report(of: try evaluator(part, inputs, shard: shard)).write(to: part)
    }
    _ = try exchange.gather([])  // until every part is done
    if exchange.rank == 0 { try join(parts, bench: bench, into: output) }
  }

  private func join(_ parts: [URL], bench: URL, into output: URL) throws {
    let merge = try ShardMerge(parts, bench: bench)
    let inputs = try metrics.inputs(takesAllFeatures: true, stored: merge.storedEncoder)
    let report = try metrics.evaluator(
      bench: merge.bench, output: output, limit: merge.limit, inputs: inputs
    ).evaluate(merge)
    try finish(report, output)
  }
}
