import Support

/// One thing that is wrong with a configuration.
public struct ConfigurationProblem: Hashable, Sendable, SettingMessage {
  /// nil when the problem is that something stands nowhere.
  public var position: SourcePosition?
  /// Found, expected and the next step, naming the key.
  public var message: String
  public var advice: ConfigurationAdvice?

  public func text(naming name: (String) -> String) -> String {
    (position.map { "\($0): " } ?? "") + message + (advice?.text(naming: name) ?? "")
  }
}

/// Everything that is wrong with a configuration, at once.
public struct ConfigurationError: Error, Equatable, SettingMessage {
  public var problems: [ConfigurationProblem]

  public init(_ problems: [ConfigurationProblem]) { self.problems = problems }

  init(_ message: String, at position: SourcePosition? = nil) {
    self.init([ConfigurationProblem(position: position, message: message)])
  }

  public func text(naming name: (String) -> String) -> String {
    let texts = problems.map { $0.text(naming: name) }
    if texts.count == 1 { return texts[0] }
    let lines = texts.map { "  \($0)" }
    return (["the configuration has \(problems.count) problems:"] + lines).joined(separator: "\n")
  }

  /// Whether an override is at fault, and not only files.
  public var isUsage: Bool { problems.contains { $0.position == .commandLine } }
}
