import Tensors
import TestSupport
import Testing

/// Draws in a row against PyTorch's own (Tests/Golden/torch_generator.py).
@Suite struct TorchGeneratorTests {
  static let seeds: [UInt64] = [
    0, 1, 42, 1 << 32 - 1, 1 << 32, 1 << 32 + 5, 1 << 63, .max, UInt64(bitPattern: -7),
  ]

  /// Named "ORDER/KIND:SHAPE", sorted by order: u for uniform, n for normal.
  private func draws(_ seed: UInt64) throws -> [(kind: Character, expected: Tensor)] {
    let draws = try Golden("torch_generator").group("\(seed)").sorted { $0.key < $1.key }
    return draws.map { ($0.key.split(separator: "/")[1].first ?? " ", $0.value) }
  }

  @Test(arguments: seeds) func drawsAreThoseOfPyTorch(seed: UInt64) throws {
    var generator = TorchGenerator(seed: seed)
    let draws = try draws(seed)
    #expect(draws.count == 19)
    for (index, draw) in draws.enumerated() {
      if draw.kind == "u" {
        #expect(generator.uniform(draw.expected.shape) == draw.expected, "draw \(index)")
        continue
      }
      let values = generator.normal(draw.expected.shape)
      #expect(values.shape == draw.expected.shape)
      let error = zip(values.values, draw.expected.values).map { abs($0 - $1) }.max() ?? 0
      #expect(error <= 2e-6, "draw \(index)")
    }
  }

  /// PyTorch seeds with the low half: seeds of more than 32 bits are not all different.
  @Test func seedsAreTakenModulo32Bits() {
    var (low, high) = (TorchGenerator(seed: 5), TorchGenerator(seed: 1 << 32 + 5))
    #expect(low.uniform([8]) == high.uniform([8]))
  }
}
