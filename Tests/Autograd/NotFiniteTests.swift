import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

/// What is not a number must reach the checks of losses and latents: wherever a number has influence, NaN
/// in its place makes NaN. Every operation, at every level of instructions, each in a process of its own.
@Suite struct NotFiniteTests {
  @Test func nativeInstructions() async {
    await #expect(processExitsWith: .success) { try PlantedNumbers.test() }
  }

  @Test func avx512() async {
    await #expect(processExitsWith: .success) { try PlantedNumbers.test(onCPU: "v4") }
  }

  @Test func avx2() async {
    await #expect(processExitsWith: .success) { try PlantedNumbers.test(onCPU: "v3") }
  }

  @Test func baseline() async {
    await #expect(processExitsWith: .success) { try PlantedNumbers.test(onCPU: "baseline") }
  }

  @Test func emulatedTiles() async {
    await #expect(processExitsWith: .success) { try PlantedNumbers.test(onCPU: "emulated") }
  }
}

private enum PlantedNumbers {
  /// - Parameter level: for `PBE_CPU`, which is read when the first kernel is used.
  static func test(onCPU level: String? = nil) throws {
    if let level { setenv("PBE_CPU", level, 1) }
    for op in OpCase.all {
      let inputs = try inputs(of: op)
      for arithmetic in Arithmetic.allCases {
        testForward(op, inputs, arithmetic)
        if arithmetic != .inferred { try testGradient(op, inputs, arithmetic) }
      }
    }
    for arithmetic in Arithmetic.allCases { testScores(arithmetic) }
    let wide = Tensor([4], [88, 88.5, 89, .infinity]).exponential().values
    #expect(abs(wide[1] / 2.72309e38 - 1) < 1e-4 && wide[0].isFinite)
    #expect(wide[2...] == [.infinity, .infinity])
  }

  /// Recorded, recorded in mixed precision, or not recorded, with products of brain floats.
  private enum Arithmetic: CaseIterable {
    case recorded, mixed, inferred

    func callAsFunction<Result>(_ body: () -> Result) -> Result {
      switch self {
      case .recorded: body()
      case .mixed: withMixedPrecision(body)
      case .inferred: withoutGradients { withProducts(of: .bf16, body) }
      }
    }
  }

  private static func inputs(of op: OpCase) throws -> [Tensor] {
    let group = try OpTests.golden.get().group(op.name)
    return (0...).lazy.map { group["input\($0)"] }.prefix { $0 != nil }.compactMap { $0 }
  }

  /// The first, the middle and the last place of each tensor.
  private static func places(in tensors: [Tensor]) -> [(tensor: Int, at: Int)] {
    tensors.indices.flatMap { i in
      Set([0, tensors[i].count / 2, tensors[i].count - 1]).sorted().map { (i, $0) }
    }
  }

  private static func planted(
    _ number: (Float) -> Float, _ place: (tensor: Int, at: Int), _ tensors: [Tensor]
  ) -> [Tensor] {
    var tensors = tensors
    tensors[place.tensor].withUnsafeMutableBufferPointer { $0[place.at] = number($0[place.at]) }
    return tensors
  }

  private static func testForward(_ op: OpCase, _ inputs: [Tensor], _ arithmetic: Arithmetic) {
    func output(_ inputs: [Tensor]) -> [Float] {
      arithmetic { op.function(inputs.map { Variable.leaf($0) }).value.values }
    }
    let plain = output(inputs)
    for place in places(in: inputs) {
      let changed = output(planted({ $0 + 1 }, place, inputs))
      let broken = output(planted({ _ in .nan }, place, inputs))
      let swallowed = plain.indices.filter { plain[$0] != changed[$0] && !broken[$0].isNaN }
      #expect(swallowed.isEmpty, "\(op) in \(arithmetic): NaN at \(place)")
      guard !boundsInfinity(op, place.tensor) else { continue }
      let infinite = output(planted({ _ in .infinity }, place, inputs))
      let bounded = plain.indices.filter { plain[$0] != changed[$0] && infinite[$0].isFinite }
      #expect(bounded.isEmpty, "\(op) in \(arithmetic): infinity at \(place)")
    }
  }

  /// Where an infinite number has a finite result, as in PyTorch: a bound, and a key whose score is −∞.
  private static func boundsInfinity(_ op: OpCase, _ input: Int) -> Bool {
    ["clamp", "sigmoid", "elu", "colourFilters"].contains(op.operation)
      || (op.operation == "attention" && input == 1)
  }

  /// NaN in the output's gradient, and in inputs that gradients depend on; except those that PyTorch's
  /// gradients compare with a bound, too.
  private static func testGradient(
    _ op: OpCase, _ inputs: [Tensor], _ arithmetic: Arithmetic
  ) throws {
    let dy = try OpTests.golden.get()["\(op.name)/dy"]
    func gradients(_ inputs: [Tensor], _ dy: Tensor) -> [Float] {
      arithmetic {
        let leaves = inputs.map { Variable.leaf($0) }
        let gradients = op.function(leaves).gradients(seed: dy)
        return leaves.flatMap { gradients[$0]?.values ?? [] }
      }
    }
    let plain = gradients(inputs, dy)
    func test(_ changed: [Float], _ broken: [Float], _ what: String) {
      let swallowed = plain.indices.filter { plain[$0] != changed[$0] && !broken[$0].isNaN }
      #expect(swallowed.isEmpty, "gradient of \(op) in \(arithmetic): NaN in \(what)")
    }
    for place in places(in: [dy]) {
      test(
        gradients(inputs, planted({ $0 + 1 }, place, [dy])[0]),
        gradients(inputs, planted({ _ in .nan }, place, [dy])[0]), "dy at \(place.at)")
    }
    let compared = [
      "clamp", "meanAbsoluteError", "relu", "leakyRelu", "maximumPool", "colourFilters",
    ]
    guard !compared.contains(op.operation) else { return }
    for place in places(in: inputs) {
      test(
        gradients(planted({ $0 + 1 }, place, inputs), dy),
        gradients(planted({ _ in .nan }, place, inputs), dy), "\(place)")
    }
  }

  /// An infinite score once gave the mean of all values, and scores that are all −∞ still did. One of −∞
  /// weighs nothing. Numbers of keys on both sides of the kernels' blocks.
  private static func testScores(_ arithmetic: Arithmetic) {
    for count in [1, 2, 31, 33, 97, 300] {
      func result(_ key: (Int) -> Float) -> [Float] {
        let q = Variable.leaf(Tensor(full: [1, 3, 2], 1))
        let k = Variable.leaf(Tensor([1, count, 2], (0..<count).flatMap { [key($0), 0] }))
        let v = Variable.leaf(Tensor(full: [1, count, 2], 1))
        return arithmetic { q.attention(k, v, heads: 1).value.values }
      }
      let infinite = result { $0 == count / 2 ? .infinity : 0 }
      let broken = result { $0 == count - 1 ? .nan : 0 }
      let bottomless = result { _ in -.infinity }
      for numbers in [infinite, broken, bottomless] {
        #expect(numbers.filter { !$0.isNaN } == [], "\(count) keys in \(arithmetic)")
      }
      guard count > 1 else { continue }
      let masked = result { $0 == 0 ? -.infinity : 0 }
      #expect(masked.filter { !(abs($0 - 1) < 1e-2) } == [], "\(count) keys in \(arithmetic)")
    }
  }
}
