import ArgumentParser
import Foundation
import Support

/// The root command of a program. Mark it `@main`: parsing, running, error messages and exit codes
/// are then the same for every program.
///
/// ```swift
/// @main struct PbeData: Program {
///   static let configuration = CommandConfiguration(subcommands: [IndexCommand.self])
/// }
/// ```
public protocol Program: ParsableCommand {}

extension Program {
  public static func main() {
    Foundation.exit(runCommand(Self.self))
  }
}

/// A mistake on the command line that only shows after parsing; exit code 2.
public struct UsageError: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// What a command ends with: a message for a person and an exit code.
public struct CommandFailure: Equatable, Sendable {
  /// Without the leading `error: `.
  public let message: String
  public let exitCode: Int32

  public static let usageExitCode: Int32 = 2

  /// The failure that `error`, thrown while a command ran, stands for: 2 for the command line,
  /// 1 for the rest. A complete message is taken from the error's `description`.
  public init(_ error: any Error) {
    switch error {
    case let error as ValidationError: self.init(error.message, Self.usageExitCode)
    case let error as UsageError: self.init(error.description, Self.usageExitCode)
    case let error as ExitCode: self.init("", error.rawValue)
    case let error as CocoaError: self.init(error.localizedDescription, 1)
    case let error as any SettingMessage:
      self.init(error.onCommandLine, error.isUsage ? Self.usageExitCode : 1)
    default: self.init("\(error)", 1)
    }
  }

  private init(_ message: String, _ exitCode: Int32) {
    self.message = message
    self.exitCode = exitCode
  }
}

/// Parses the arguments, runs the command and returns the exit code. Help and versions go to
/// standard output; an error is one message, `error: …`, on standard error.
///
/// - Parameter arguments: Without the program's name; nil takes the process's own, whose paths may
///   hold any bytes.
public func runCommand(
  _ command: (some ParsableCommand).Type, arguments: [String]? = nil
) -> Int32 {
  signal(SIGPIPE, SIG_DFL)  // `pbe-data … | head` ends quietly even under a parent that ignores it
  var parsed: any ParsableCommand
  do {
    parsed = try command.parseAsRoot((arguments ?? processArguments()).joiningNegativeValues)
  } catch {
    return reportParsing(error, of: command)
  }
  do {
    try parsed.run()
    return 0
  } catch {
    // Help asked for is thrown here, too.
    if command.exitCode(for: error).isSuccess { return reportParsing(error, of: command) }
    let failure = CommandFailure(error)
    if !failure.message.isEmpty { writeStandardError("error: \(failure.message)\n") }
    return failure.exitCode
  }
}

extension SettingMessage {
  /// Settings are flags here.
  public var onCommandLine: String { text { "--\($0)" } }
}

private func reportParsing(_ error: any Error, of command: any ParsableCommand.Type) -> Int32 {
  let text = command.fullMessage(for: error)
  if command.exitCode(for: error).isSuccess {
    if !text.isEmpty { print(text) }
    return 0
  }
  let message = text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text
  writeStandardError("error: \(message)\n")
  return CommandFailure.usageExitCode
}

/// The process's arguments; what is no UTF-8 stays what it is, which `CommandLine.arguments` loses.
private func processArguments() -> [String] {
  (1..<max(1, Int(CommandLine.argc))).compactMap { index in
    CommandLine.unsafeArgv[index].map {
      String(pathBytes: UnsafeRawBufferPointer(start: $0, count: strlen($0)))
    }
  }
}

/// Prints a path as the system knows it, for other programs.
package func printPath(_ path: String) {
  for byte in path.pathBytes + [UInt8(ascii: "\n")] { putchar(Int32(byte)) }
}

/// Prints a text with paths in it, for people.
public func printText(_ text: String) { print(text.readablePath) }

/// Writes all of `text` in as few calls as the system allows, so that lines of several threads
/// don't mix. Failure is ignored: there is no one left to tell.
public func writeStandardError(_ text: String) {
  var bytes = Array(text.readablePath.utf8)[...]
  while !bytes.isEmpty {
    let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    if written < 0 && errno == EINTR { continue }
    guard written > 0 else { return }
    bytes = bytes.dropFirst(written)
  }
}
