import Foundation

/// A stream of random numbers named by what it is for, not by when it is drawn.
///
/// Counter-based (Philox 4×32-10), so the numbers for (seed, purpose, index) are the same whatever
/// the number of threads, the order of the calls or the point where a run was resumed.
///
/// - Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: (UInt32, UInt32)
  private let purpose: UInt32
  private let index: (UInt32, UInt32)
  private var block: UInt32 = 0
  private var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  private var unused = 0

  /// The stream for one purpose ("mask", "latent noise") and one index (an item, a step).
  public init(seed: UInt64, purpose: String, index: UInt64 = 0) {
    key = Self.halves(seed)
    self.index = Self.halves(index)
    // FNV-1a: stable between runs, unlike Swift's own hashing.
    self.purpose = purpose.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }

  private static func halves(_ value: UInt64) -> (UInt32, UInt32) {
    (UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32))
  }

  /// The next 32 random bits.
  public mutating func nextWord() -> UInt32 {
    if unused == 0 {
      words = Self.philox((block, purpose, index.0, index.1), key)
      block &+= 1
      unused = 4
    }
    unused -= 1
    switch unused {
    case 3: return words.0
    case 2: return words.1
    case 1: return words.2
    default: return words.3
    }
  }

  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return UInt64(nextWord()) << 32 | low
  }

  /// Uniform in [0, 1), 24 bits.
  public mutating func uniform() -> Float { Float(nextWord() >> 8) * 0x1p-24 }

  /// Uniform in [low, high).
  public mutating func uniform(_ low: Float, _ high: Float) -> Float {
    low + (high - low) * uniform()
  }

  /// Uniform integer in the closed range.
  public mutating func integer(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &self)
  }

  /// True with the given probability (0 never, 1 always).
  public mutating func chance(_ probability: Float) -> Bool { uniform() < probability }

  /// Two independent standard normal numbers (Box–Muller, in double precision).
  public mutating func normalPair() -> (Float, Float) {
    let u = (Double(nextWord()) + 1) * 0x1p-32  // (0, 1]: the logarithm stays finite
    let angle = 2 * Double.pi * Double(nextWord()) * 0x1p-32
    let radius = (-2 * log(u)).squareRoot()
    return (Float(radius * cos(angle)), Float(radius * sin(angle)))
  }

  /// A standard normal number; use ``normals(_:)`` for many.
  public mutating func normal() -> Float { normalPair().0 }

  /// `count` independent standard normal numbers.
  public mutating func normals(_ count: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in stride(from: 0, to: count, by: 2) {
        let pair = normalPair()
        buffer[i] = pair.0
        if i + 1 < count { buffer[i + 1] = pair.1 }
      }
      initialized = count
    }
  }

  /// One Philox block: ten rounds on a 128-bit counter under a 64-bit key.
  package static func philox(
    _ counter: (UInt32, UInt32, UInt32, UInt32), _ key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (x0, x1, x2, x3) = counter
    var (k0, k1) = key
    for _ in 0..<10 {
      let a = x0.multipliedFullWidth(by: 0xD251_1F53)
      let b = x2.multipliedFullWidth(by: 0xCD9E_8D57)
      (x0, x1, x2, x3) = (b.high ^ x1 ^ k0, b.low, a.high ^ x3 ^ k1, a.low)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (x0, x1, x2, x3)
  }
}
