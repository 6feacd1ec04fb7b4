import Foundation
import TestSupport
import Testing

/// The same bytes wherever a program runs: decimal commas, dotless i, no locale at all, odd time zones.
@Suite struct EnvironmentTests {
  private static let environments: [[String: String]] = [
    ["LANG": "C", "LC_ALL": "C", "TZ": "UTC"],
    ["LANG": "", "LC_ALL": "", "LANGUAGE": "", "TZ": ""],
    ["LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"],
    ["LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"],
    ["LANG": "ar_EG.UTF-8", "LC_ALL": "fa_IR.UTF-8", "TZ": "No/Such<+14:59>"],
    ["LC_ALL": "nonsense"],
  ]

  /// All files of a run but the log's times and TensorBoard's.
  private func contents(_ run: String, of training: TinyTraining) throws -> [String: Data] {
    let root = training.path(run)
    let names = try #require(FileManager.default.enumerator(atPath: root))
      .compactMap { $0 as? String }
    var found: [String: Data] = [:]
    for name in names where !name.contains("tfevents") && !name.contains("latest") {
      guard let data = FileManager.default.contents(atPath: "\(root)/\(name)") else { continue }
      guard name == "log.jsonl" else {
        found[name] = data
        continue
      }
      let steady = String(decoding: data, as: UTF8.self).split(separator: ",").filter {
        !$0.contains("second") && !$0.contains("memory")
      }
      found[name] = Data(steady.joined(separator: ",").utf8)
    }
    return found
  }

  @Test func aRunHasTheSameBytes() throws {
    let training = try TinyTraining()
    var first: [String: Data]?
    for (number, environment) in Self.environments.enumerated() {
      let result = try Program(name: "pbe-train").run(
        [
          "--config", "diffusion.yaml", "--output", "run\(number)", "lightning.trainer.max_steps=2",
          "model.base_learning_rate=1.5e-3",
        ], in: training.folder, environment: environment)
      #expect(result.exitCode == 0, "\(result.error)")
      let found = try contents("run\(number)", of: training)
      let expected = first ?? found
      first = expected
      #expect(found.keys.contains("log.jsonl") && found.count > 10)
      let different = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }
      #expect(different.isEmpty, "\(environment): \(different.sorted())")
    }
  }

  @Test func anEvaluationHasTheSameBytes() throws {
    let golden = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Golden/evaluation")
    var first: [String: Data]?
    for environment in Self.environments {
      let output = NSTemporaryDirectory() + "pbe-environment-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: output) }
      let result = try Program(name: "pbe-eval").run(
        ["--results", "results", "--bench", "bench", "--output", output], in: golden.path,
        environment: environment)
      #expect(result.exitCode == 0, "\(result.error)")
      let names = ["metrics.json", "cases.jsonl", "report.html"]
      let found = Dictionary(
        uniqueKeysWithValues: names.map {
          ($0, FileManager.default.contents(atPath: "\(output)/\($0)") ?? Data())
        })
      let expected = first ?? found
      first = expected
      #expect(found.values.allSatisfy { !$0.isEmpty })
      #expect(names.filter { found[$0] != expected[$0] }.isEmpty, "\(environment)")
    }
  }
}
