import ArgumentParser
import Commands
import Foundation
import Probes
import Support
import Tensors

/// `pbe-bench machine`: what this CPU can do at most, as JSON.
struct MachineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "Measure matrix products, fused multiply-adds and memory on all threads.")

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threadCount = threads.count
    let measured: [String: Any] = [
      "instruction_set": instructionSet,
      "sgemm_gflops": Self.rounded(matrixProducts()),
      "fma_gflops": Self.rounded(fusedMultiplyAdds(threads: threads.count)),
      "memory_gbs": Self.rounded(memory()),
    ]
    let options: JSONSerialization.WritingOptions = [.sortedKeys]
    let data = try JSONSerialization.data(withJSONObject: measured, options: options)
    print(String(decoding: data, as: UTF8.self))
  }

  private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

  /// GFLOP/s of OpenBLAS on a product of two matrices of 2048 rows and columns.
  private func matrixProducts() -> Double {
    var random = RandomStream(seed: 1, purpose: "machine")
    let a = Tensor(uniform: [2048, 2048], -1, 1, using: &random)
    let seconds = fastest(of: 7) { _ = a.matrixProduct(a) }
    return 2 * Double(2048 * 2048) * 2048 / seconds / 1e9
  }

  /// GFLOP/s of multiply-adds that never leave the registers.
  private func fusedMultiplyAdds(threads: Int) -> Double {
    let level = ["v4": 4, "v3": 3][instructionSet] ?? 2
    let rounds = 4_000_000
    let seconds = fastest(of: 7) {
      parallelFor(threads) { _ in
        // Infinite never: the sum is looked at so that it is computed.
        if !Probes.fusedMultiplyAdds(Int32(level), rounds).isFinite { fatalError("not finite") }
      }
    }
    return 2 * Double(threads * rounds * fusedOperations(Int32(level))) / seconds / 1e9
  }

  /// GB/s of `y ← y + s · x` on arrays that no cache holds: two read, one written.
  private func memory() -> Double {
    let count = 64 << 20
    let x = Tensor(full: [count], 1)
    var y = Tensor(full: [count], 2)
    let seconds = fastest(of: 5) { y.add(x, scaledBy: 0.5) }
    return 3 * 4 * Double(count) / seconds / 1e9
  }
}

/// The shortest of several times, in seconds.
func fastest(of times: Int, _ body: () -> Void) -> Double {
  body()
  return (0..<times).map { _ in
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
  }.min() ?? 0
}
