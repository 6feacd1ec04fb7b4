import ArgumentParser
import Foundation

/// `--threads N`, for every command.
public struct ThreadOptions: ParsableArguments {
  @Option(name: .customLong("threads"), help: "Number of threads (default: all processors).")
  var requested: Int?

  /// Threads to use, at least 1.
  public var count: Int { requested ?? ProcessInfo.processInfo.activeProcessorCount }

  public init() {}

  public func validate() throws {
    guard let requested else { return }
    guard (1...1024).contains(requested) else {
      throw ValidationError("--threads must be between 1 and 1024, not \(requested).")
    }
  }
}
