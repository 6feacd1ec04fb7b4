import ArgumentParser
import Commands
import Foundation
import Support
import Tensors

/// `pbe-bench micro`: each kernel on the network's own shapes, beside its plain version.
struct MicroCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "micro",
    abstract: "Time single kernels beside their plain versions.",
    discussion: """
      NAME keeps those whose name holds it: convolution, attention, product, norm, activation, \
      softmax, adamw, tiles. GFLOP/s are those of the plain algorithm, so that Winograd may exceed the \
      machine's peak.
      """)

  @Argument(help: "Only kernels whose name holds this.")
  var name: String?

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threadCount = threads.count
    let chosen = Micro.all.filter { $0.name.contains(name ?? "") }
    guard !chosen.isEmpty else {
      let kinds = Set(Micro.all.compactMap { $0.name.split(separator: " ").first }).sorted()
      throw UsageError(
        "No kernel is called '\(name ?? "")'; there are: \(kinds.joined(separator: ", "))")
    }
    print("\(instructionSet), \(threads.count) threads")
    for micro in chosen {
      print(micro.measured())
      fflush(nil)
    }
  }
}

/// One kernel on one shape.
struct Micro {
  enum Amount {
    /// Floating-point operations of the plain algorithm.
    case operations(Double)
    /// Bytes that must be read and written.
    case bytes(Double)
  }

  let name: String
  let amount: Amount
  /// Makes the inputs and returns what is timed: the kernel and its plain version.
  let prepare: () -> (kernel: () -> Void, plain: () -> Void)

  static var all: [Micro] {
    convolutions + attentions + roundedAttentions + attentionGradients + products + rows + tiles
  }

  func measured() -> String {
    let (kernel, plain) = prepare()
    let (seconds, plainSeconds) = (fastest(of: 5, kernel), fastest(of: 2, plain))
    let (total, unit) =
      switch amount {
      case .operations(let count): (count / 1e9, "GFLOP/s")
      case .bytes(let count): (count / 1e9, "GB/s")
      }
    return name.padding(toLength: 44, withPad: " ", startingAt: 0)
      + String(format: "%9.3f ms %8.1f ", seconds * 1e3, total / seconds) + unit
      + String(format: "   plain %8.1f", total / plainSeconds)
      + String(format: "   %5.2f times as fast", plainSeconds / seconds)
  }

  static func random(_ shape: [Int]) -> Tensor {
    var random = RandomStream(seed: 1, purpose: "micro", index: UInt64(shape.reduce(1, *)))
    return Tensor(uniform: shape, -1, 1, using: &random)
  }
}
