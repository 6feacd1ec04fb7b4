import Evaluation
import Foundation
import TestSupport

/// Runs over a small bench, whole and in shards.
struct ShardedRuns {
  let folder: TemporaryFolder
  let bench: SmallBench

  init(cases: Int) throws {
    folder = try TemporaryFolder()
    bench = try SmallBench(count: cases, in: folder)
  }

  func evaluator(
    _ output: String, _ encoder: (any RegionEncoder)?, shard: Int? = nil, count: Int = 4,
    limit: Int? = nil
  ) throws -> Evaluator {
    let inputs = try MetricInputs(clip: encoder, takesAllFeatures: true)
    return try Evaluator(
      bench: bench.folder, output: folder.file(output), limit: limit,
      shard: shard.flatMap { Shard(index: $0, count: count) }, inputs: inputs,
      featureFile: encoder.map { _ in folder.file("\(output)/features.safetensors") })
  }

  @discardableResult
  func run(
    _ encoder: (any RegionEncoder)?, output: String, shard: Int? = nil, count: Int = 4,
    limit: Int? = nil, painter: SeedPainter = SeedPainter(), anew: Bool = false
  ) throws -> EvaluationReport {
    if anew { try FileManager.default.removeItem(at: folder.file(output)) }
    let report = try evaluator(output, encoder, shard: shard, count: count, limit: limit)
      .evaluate(with: painter, batch: 3)
    try report.write(to: folder.file(output))
    return report
  }

  /// The folders `s1`, `s2`, …
  @discardableResult
  func merge(
    _ indices: some Sequence<Int>, clip: BreakableEncoder? = nil
  ) throws -> EvaluationReport {
    let merge = try ShardMerge(indices.map { folder.file("s\($0)") })
    let report = try evaluator("merged", try clip ?? merge.storedEncoder(.clip)).evaluate(merge)
    try report.write(to: folder.file("merged"))
    return report
  }
}
