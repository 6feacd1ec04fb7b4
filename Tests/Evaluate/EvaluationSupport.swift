import Evaluation
import Foundation
import Pictures
import TestSupport

/// Tests/Golden/evaluation: a bench of five cases with results, made by evaluation.py.
enum EvaluationGolden {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/evaluation")
  static let bench = folder.appending(path: "bench")
  static let results = folder.appending(path: "results")
  static let identifiers = [
    "000000000007", "000000000392", "000001048575", "000000000005", "000000000090",
  ]

  /// Reads `p_value` as `pValue`.
  static var snakeCaseDecoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  static func list(_ name: String) -> URL { folder.appending(path: "lists/\(name).npy") }

  static func expected() throws -> Expected {
    let file = folder.appending(path: "expected.json")
    return try snakeCaseDecoder.decode(Expected.self, from: Data(contentsOf: file))
  }

  /// A copy to be damaged.
  static func copyOfBench(in folder: TemporaryFolder) throws -> URL {
    let copy = folder.file("bench")
    try FileManager.default.copyItem(at: bench, to: copy)
    return copy
  }

  struct Expected: Decodable {
    let background: [String: Double]
    let inside: [String: Double]
    let referenceSimilarity: ReferenceSimilarity
    let cases: [[String: Double]]
    let signTest: [SignTest]
  }

  struct ReferenceSimilarity: Decodable {
    let own, shuffled, meanDifference, pValue: Double
    let ci95: [Double]
    let wins, ties: Int
  }

  struct SignTest: Decodable {
    let wins, losses: Int
    let pValue: Double
  }
}

/// Paints pictures of one colour that tells the seed, and remembers what it was asked for.
final class SeedPainter: Method {
  let settings: GenerationSettings
  private(set) var asked: [[String]] = []
  /// Stops, as if killed, when it has made so many pictures.
  var limit = Int.max
  private var made = 0

  struct Killed: Error {}

  init(
    steps: Int = 10, seed: UInt64 = 42, reference: ReferenceChoice = .own, modelHash: String = "m"
  ) {
    settings = .model(
      ModelSettings(
        model: "models/a", modelHash: modelHash, sampler: .ddim, steps: steps, scale: 3, seed: seed,
        weights: .averaged, reference: reference))
  }

  func paint(_ benchCase: BenchCase, seed: UInt64) throws -> Image {
    guard made < limit else { throw Killed() }
    made += 1
    return Image(width: 22, height: 18, fill: (UInt8(seed), 0, 0))
  }

  func paint(_ cases: [BenchCase], seeds: [UInt64]) throws -> [Image] {
    asked.append(cases.map(\.identifier))
    return try zip(cases, seeds).map { try paint($0, seed: $1) }
  }
}
