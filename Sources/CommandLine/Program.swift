import ArgumentParser
import Foundation
import Support
import Tensors

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
  StandardFiles.fillPlaces()
  signal(SIGPIPE, SIG_DFL)  // `pbe-data … | head` ends quietly even under a parent that ignores it
  signal(SIGXFSZ, SIG_IGN)  // a file beyond `ulimit -f` is an error of its writing
  MemoryExhaustion.handle { bytes in
    RankGroup.writeError(
      "out of memory: \(Quantity.bytes(bytes)) more could not be had; close other programs, or "
        + "ask for less (a smaller size, batch or model)")
    _exit(1)
  }
  let exitCode = parseAndRun(command, arguments ?? processArguments())
  do {
    try StandardFiles.requireWritten()
    RankGroup.leave(exitCode)
    return exitCode
  } catch {
    RankGroup.writeError("\(error)")
    RankGroup.leave(exitCode == 0 ? 1 : exitCode)
    return exitCode == 0 ? 1 : exitCode
  }
}

private func parseAndRun(
  _ command: (some ParsableCommand).Type, _ arguments: [String]
) -> Int32 {
  let words = CommandWords(command, arguments)
  var parsed: any ParsableCommand
  do {
    try words.check()
    parsed = try command.parseAsRoot(arguments.joiningNegativeValues)
  } catch let error as UsageError {
    return report(error.description)
  } catch {
    if !command.exitCode(for: error).isSuccess, let unknown = words.unknownWord() {
      return report(unknown)
    }
    return reportParsing(error, of: command, arguments)
  }
  do {
    try parsed.run()
    return 0
  } catch {
    // Help asked for is thrown here, too.
    if command.exitCode(for: error).isSuccess { return reportParsing(error, of: command, []) }
    let failure = CommandFailure(error)
    if !failure.message.isEmpty { RankGroup.writeError(failure.message) }
    return failure.exitCode
  }
}

extension SettingMessage {
  /// Settings are flags here.
  public var onCommandLine: String { text { "--\($0)" } }
}

/// A mistake on the command line.
private func report(_ usage: String) -> Int32 {
  RankGroup.writeError(usage)
  return CommandFailure.usageExitCode
}

/// - Parameter arguments: may be endless, or look like messages of ours; both are shown shortened.
private func reportParsing(
  _ error: any Error, of command: any ParsableCommand.Type, _ arguments: [String]
) -> Int32 {
  var text = command.fullMessage(for: error)
  if command.exitCode(for: error).isSuccess {
    if !text.isEmpty { printText(text) }
    return 0
  }
  for argument in arguments {
    for part in [argument, String(argument.drop { $0 != "=" }.dropFirst())]
    where !part.isEmpty && part != part.shortened {
      text = text.replacing(part, with: part.shortened)
    }
  }
  return report(text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text)
}

/// The process's arguments; what is no UTF-8 stays what it is, which `CommandLine.arguments` loses.
private func processArguments() -> [String] {
  (1..<max(1, Int(CommandLine.argc))).compactMap { index in
    CommandLine.unsafeArgv[index].map {
      String(pathBytes: UnsafeRawBufferPointer(start: $0, count: strlen($0)))
    }
  }
}
