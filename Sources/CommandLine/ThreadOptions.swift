import ArgumentParser
import Foundation

/// `--threads N`, for every command.
public struct ThreadOptions: ParsableArguments {
  @Option(
    name: .customLong("threads"),
    help: "Number of threads (default: all processors that this process may use).")
  var requested: Int?

  /// Threads to use, at least 1.
  public var count: Int { requested ?? RankGroup.processorCount }

  public init() {}

  public func validate() throws {
    guard let requested else { return }
    guard (1...1024).contains(requested) else {
      throw ValidationError("--threads must be between 1 and 1024, not \(requested).")
    }
  }
}
