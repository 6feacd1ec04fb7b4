import Pictures
import Support

/// Who paints a bench's cases: a model, a baseline.
public protocol Method {
  /// What makes the pictures, complete enough that equal settings make equal pictures.
  var settings: GenerationSettings { get }

  /// The method's picture for a case: no crop to the mask, no paste-back, at its own size. `seed`
  /// is the only source of randomness.
  func paint(_ benchCase: BenchCase, seed: UInt64) throws -> Image

  /// The pictures of several cases, each the same as if painted alone.
  ///
  /// Override it where cases can share the work; the default paints one after the other.
  func paint(_ cases: [BenchCase], seeds: [UInt64]) throws -> [Image]

  /// Cases with what the method needs of them besides pictures. The default gives them back as they are.
  ///
  /// - Throws: where one lacks it.
  func prepared(_ cases: [BenchCase], of bench: Bench) throws -> [BenchCase]

  /// Paints `cases`, a batch, on trial, to learn how long `total` cases will take; nil when these are
  /// too few for it to be worth the time.
  func trial(_ cases: [BenchCase], of total: Int) throws -> PaintingTrial?
}

extension Method {
  public func prepared(_ cases: [BenchCase], of bench: Bench) throws -> [BenchCase] { cases }

  public func paint(_ cases: [BenchCase], seeds: [UInt64]) throws -> [Image] {
    try zip(cases, seeds).map { try paint($0, seed: $1) }
  }

  /// Paints the cases and takes the time.
  public func trial(_ cases: [BenchCase], of total: Int) throws -> PaintingTrial? {
    guard total >= 10 * max(cases.count, 2) else { return nil }
    let (pictures, seconds) = try timed { try paint(cases, seeds: cases.map { _ in 0 }) }
    return PaintingTrial(pictures, seconds: seconds)
  }
}

/// What a few trial pictures tell of the others.
public struct PaintingTrial: Sendable, Equatable {
  public let secondsPerCase: Double
  /// One of them.
  public let picture: Image

  /// What pictures tell that took so many seconds together; nil without pictures.
  public init?(_ pictures: [Image], seconds: Double) {
    guard let first = pictures.first else { return nil }
    secondsPerCase = seconds / Double(pictures.count)
    picture = first
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
