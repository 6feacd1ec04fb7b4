import Foundation

/// Tests/Golden/rankings.json: what SciPy, scikit-posthocs, statsmodels and choix make of rankings.
struct RankingGolden: Decodable {
  let distributions: Distributions
  let strict, tied: Tests
  let strengths: Strengths
  let holm: Holm

  struct Distributions: Decodable {
    /// Rows of arguments and the chance.
    let chiSquared, f, student, studentizedRange: [[Double]]
  }

  struct Tests: Decodable {
    let ranks: [[Double]]
    let chiSquared, pValue, f, fPValue: Double
    let nemenyi, conover, conoverHolm: [[Double]]
  }

  struct Strengths: Decodable {
    let orders: [[Int]]
    let free, prior: [Double]
  }

  struct Holm: Decodable {
    let p, adjusted: [Double]
  }

  static func read() throws -> RankingGolden {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Golden/rankings.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(RankingGolden.self, from: Data(contentsOf: file))
  }
}
