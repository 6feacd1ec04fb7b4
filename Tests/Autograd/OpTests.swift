import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct OpTests {
  static let golden = Result { try Golden("ops") }

  /// The fixture's entries `NAME/input0`, `NAME/input1`, …
  private func tensors(_ kind: String, of op: OpCase) throws -> [Tensor] {
    let group = try Self.golden.get().group(op.name)
    return (0...).lazy.map { group["\(kind)\($0)"] }.prefix { $0 != nil }.compactMap { $0 }
  }

  /// Output and gradients for the fixture's inputs and output gradient.
  private func run(_ op: OpCase, _ inputs: [Tensor], dy: Tensor) -> (Tensor, [Tensor]) {
    let leaves = inputs.map { Variable.leaf($0) }
    let output = op.function(leaves)
    let gradients = output.gradients(seed: dy)
    return (output.value, leaves.map { gradients[$0] ?? Tensor(zeros: $0.shape) })
  }

  @Test(arguments: OpCase.all) func outputAndGradientsMatchPyTorch(_ op: OpCase) throws {
    let golden = try Self.golden.get()
    let inputs = try tensors("input", of: op)
    try #require(!inputs.isEmpty, "no fixture for \(op.name): add it to Tests/Golden/ops.py")
    let (output, gradients) = run(op, inputs, dy: golden["\(op.name)/dy"])
    expectClose(output, golden["\(op.name)/output"], op.tolerance, "\(op.name) output")
    for (i, (found, expected)) in zip(gradients, try tensors("grad", of: op)).enumerated() {
      expectClose(found, expected, op.tolerance, "\(op.name) gradient \(i)")
    }
  }

  @Test(arguments: OpCase.all.filter { $0.step != nil })
  func gradientsMatchCentralDifferences(_ op: OpCase) throws {
    let inputs = try tensors("input", of: op)
    let dy = try Self.golden.get()["\(op.name)/dy"]
    let (_, gradients) = run(op, inputs, dy: dy)
    let error = gradientError(
      of: { op.function($0.map { Variable($0) }).value }, at: inputs, gradients: gradients, dy: dy,
      step: try #require(op.step))
    #expect(error < 1e-2, "\(op.name)")
  }

  @Test func everyRecordedOpHasACase() throws {
    let tested = Set(OpCase.all.map(\.operation))
    let recorded = try Self.recordedNames()
    #expect(recorded.count > 15, "found only \(recorded.sorted()): has `record` been renamed?")
    #expect(recorded.subtracting(tested).sorted() == [], "ops without a row in OpCase.all")
  }

  /// The names in `record("NAME"` anywhere in the sources above the tensors.
  private static func recordedNames() throws -> Set<String> {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    var names: Set<String> = []
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      let source = try String(contentsOf: file, encoding: .utf8)
      names.formUnion(source.matches(of: /record\(\s*"(\w+)"/).map { String($0.output.1) })
    }
    return names
  }
}
