import Foundation

/// PyTorch's random generator on the CPU: a seed means here what it means in the Python tools.
///
/// Only for agreeing with them; the numbers depend on the order of the draws. Everything else uses
/// ``RandomStream``.
///
/// - Source: `at::CPUGeneratorImpl` and `aten/src/ATen/native/cpu/DistributionTemplates.h` of
///   PyTorch 2.13; compared with it in Tests/Golden/torch_generator.py.
public struct TorchGenerator: NormalSource, Sendable {
  private var words: MersenneTwister
  /// The second number of the last pair that ``scalarNormal()`` made; draws of other kinds leave it.
  private var kept: Double?

  /// `torch.Generator().manual_seed(seed)`; a negative seed is its two's complement, as there.
  ///
  /// The generator is seeded with the low 32 bits.
  public init(seed: UInt64) {
    words = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
  }

  /// `torch.rand(shape, generator: …)`: uniform in [0, 1), bit for bit.
  public mutating func uniform(_ shape: [Int]) -> Tensor {
    Tensor(shape, uniforms(shape.reduce(1, *)))
  }

  /// `torch.randn(shape, generator: …)`: standard normal, within 2e-6.
  ///
  /// Fewer than 16 elements are made one by one, more in blocks of 16; where they do not fill the
  /// last block, the last 16 are made anew.
  public mutating func normal(_ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    let block = Self.blockSize
    guard count >= block else {
      return Tensor(shape, (0..<count).map { _ in Float(scalarNormal()) })
    }
    var values = uniforms(count)
    for start in stride(from: 0, through: count - block, by: block) {
      Self.makeNormal(&values[start..<start + block])
    }
    if count % block > 0 {
      var last = uniforms(block)[...]
      Self.makeNormal(&last)
      values.replaceSubrange((count - block)..., with: last)
    }
    return Tensor(shape, values)
  }

  private static let blockSize = 16

  private mutating func uniforms(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(words.next() & 0xFF_FFFF) * 0x1p-24 }
  }

  /// Uniform in [0, 1), 53 bits.
  private mutating func wideUniform() -> Double {
    let high = UInt64(words.next())
    let bits = high << 32 | UInt64(words.next())
    return Double(bits & (1 << 53 - 1)) * 0x1p-53
  }

  /// Box–Muller in double precision; the second number of a pair is kept for the next call.
  private mutating func scalarNormal() -> Double {
    if let value = kept {
      kept = nil
      return value
    }
    let angle = 2 * Double.pi * wideUniform()
    let radius = (-2 * log1p(-wideUniform())).squareRoot()
    kept = radius * sin(angle)
    return radius * cos(angle)
  }

  /// Box–Muller on a block: the radii come from the first half, the angles from the second.
  private static func makeNormal(_ block: inout ArraySlice<Float>) {
    let half = blockSize / 2
    for i in block.startIndex..<block.startIndex + half {
      let radius = (-2 * log(1 - Double(block[i]))).squareRoot()
      let angle = 2 * Double.pi * Double(block[i + half])
      block[i] = Float(radius * cos(angle))
      block[i + half] = Float(radius * sin(angle))
    }
  }
}

/// MT19937.
///
/// - Source: Matsumoto & Nishimura, "Mersenne twister", ACM TOMACS 8 (1998); seeded as in their
///   revision of 2002.
private struct MersenneTwister {
  private static let size = 624
  private static let shift = 397

  private var state: [UInt32]
  private var used = size

  init(seed: UInt32) {
    state = [seed]
    for i in 1..<UInt32(Self.size) {
      let last = state[Int(i) - 1]
      state.append(1_812_433_253 &* (last ^ last >> 30) &+ i)
    }
  }

  /// The next 32 random bits.
  mutating func next() -> UInt32 {
    if used == Self.size { advance() }
    var word = state[used]
    used += 1
    word ^= word >> 11
    word ^= word << 7 & 0x9D2C_5680
    word ^= word << 15 & 0xEFC6_0000
    return word ^ word >> 18
  }

  private mutating func advance() {
    for i in 0..<Self.size {
      let word = state[i] & 0x8000_0000 | state[(i + 1) % Self.size] & 0x7FFF_FFFF
      let twist: UInt32 = word & 1 == 1 ? 0x9908_B0DF : 0
      state[i] = state[(i + Self.shift) % Self.size] ^ word >> 1 ^ twist
    }
    used = 0
  }
}
