/// One thing that is wrong with a configuration.
public struct ConfigurationProblem: Equatable, Sendable, CustomStringConvertible {
  /// nil when the problem is that something stands nowhere.
  public var position: SourcePosition?
  /// Found, expected and the next step, naming the key.
  public var message: String
  public var advice: ConfigurationAdvice?

  public var description: String { position.map { "\($0): \(message)" } ?? message }
}

/// Everything that is wrong with a configuration, at once.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  public var problems: [ConfigurationProblem]

  public init(_ problems: [ConfigurationProblem]) { self.problems = problems }

  init(_ message: String, at position: SourcePosition? = nil) {
    self.init([ConfigurationProblem(position: position, message: message)])
  }

  public var description: String {
    if problems.count == 1 { return problems[0].description }
    let lines = problems.map { "  \($0)" }
    return (["the configuration has \(problems.count) problems:"] + lines).joined(separator: "\n")
  }

  /// The same with a program's words for what its messages can add.
  public func advised(_ words: (ConfigurationAdvice) -> String) -> ConfigurationError {
    ConfigurationError(
      problems.map { problem in
        ConfigurationProblem(
          position: problem.position,
          message: problem.message + (problem.advice.map(words) ?? ""))
      })
  }

  /// 2 when an override on the command line is at fault, 1 when only files are.
  public var exitCode: Int32 {
    problems.contains { $0.position == .commandLine } ? 2 : 1
  }
}
