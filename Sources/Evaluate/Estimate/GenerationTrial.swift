import Pictures

/// What a few trial pictures tell of the others.
public struct GenerationTrial: Sendable, Equatable {
  public let secondsPerCase: Double
  /// One of them.
  public let picture: Image

  public init(secondsPerCase: Double, picture: Image) {
    self.secondsPerCase = secondsPerCase
    self.picture = picture
  }

  /// Nil without pictures.
  fileprivate init?(_ pictures: [Image], seconds: Double) {
    guard let first = pictures.first else { return nil }
    self.init(secondsPerCase: seconds / Double(pictures.count), picture: first)
  }
}

extension CaseGenerator {
  /// Makes the cases and takes the time.
  public func trial(of cases: [BenchCase], total: Int) throws -> GenerationTrial? {
    guard total >= 10 * max(cases.count, 2) else { return nil }
    let (pictures, seconds) = try timed { try generate(cases: cases, seeds: cases.map { _ in 0 }) }
    return GenerationTrial(pictures, seconds: seconds)
  }
}

extension PaintingGenerator {
  /// Paints the cases with one step and with two, from which any number follows.
  public func trial(of cases: [BenchCase], total: Int) throws -> GenerationTrial? {
    guard total * settings.steps >= 200 * cases.count else { return nil }
    func paint(steps: Int) throws -> [Image] {
      try generate(cases: cases, seeds: cases.map { _ in 0 }, steps: steps)
    }
    let pictures = try paint(steps: 1)  // also reads the weights
    let (_, one) = try timed { try paint(steps: 1) }
    guard settings.steps > 1 else { return GenerationTrial(pictures, seconds: one) }
    let (_, two) = try timed { try paint(steps: 2) }
    return GenerationTrial(
      pictures, seconds: one + Double(settings.steps - 1) * max(two - one, 0))
  }
}

/// What `body` returns and how many seconds it took.
func timed<Value>(_ body: () throws -> Value) rethrows -> (Value, seconds: Double) {
  let clock = ContinuousClock()
  let start = clock.now
  let value = try body()
  let (seconds, attoseconds) = (clock.now - start).components
  return (value, Double(seconds) + Double(attoseconds) * 1e-18)
}
