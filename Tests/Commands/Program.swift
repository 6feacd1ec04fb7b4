import Commands
import Foundation

/// A program of this package, run as a person would.
struct Program {
  let name: String

  struct Outcome {
    let exitCode: Int32
    let output: String
    let error: String
  }

  /// The products lie beside the test bundle; other programs are given by their paths.
  var url: URL {
    name.hasPrefix("/")
      ? URL(fileURLWithPath: name)
      : URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent(name)
  }

  func run(_ arguments: String..., in folder: String? = nil) throws -> Outcome {
    try run(arguments, in: folder)
  }

  /// - Parameters:
  ///   - input: what the program reads from standard input.
  ///   - environment: set beside the tests' own.
  func run(
    _ arguments: [String], in folder: String? = nil, input: String = "",
    environment: [String: String] = [:]
  ) throws -> Outcome {
    // Files rather than pipes: a full pipe that nobody reads would stop the program.
    let base = NSTemporaryDirectory() + "pbe-program-\(UUID().uuidString)"
    let streams = [".out", ".err"].map { base + $0 }
    let inputFile = base + ".in"
    defer {
      for path in streams + [inputFile] { try? FileManager.default.removeItem(atPath: path) }
    }
    try Data(input.utf8).write(to: URL(fileURLWithPath: inputFile))
    let handles = try streams.map { path in
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: inputFile))
    (process.standardOutput, process.standardError) = (handles[0], handles[1])
    try process.run()
    process.waitUntilExit()
    let texts = try streams.map { try String(contentsOfFile: $0, encoding: .utf8) }
    return Outcome(exitCode: process.terminationStatus, output: texts[0], error: texts[1])
  }

  /// Starts the program and leaves it running, silently.
  func start(_ arguments: [String], in folder: String) throws -> Process {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}
