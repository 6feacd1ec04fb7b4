import Support

/// A remark on a configuration: a key without effect, a surprising setting.
public struct ConfigurationNote: Equatable, Sendable, SettingMessage {
  /// nil when it is about what stands nowhere.
  public var position: SourcePosition?
  public var message: String
  public var advice: ConfigurationAdvice?

  public func text(naming name: (String) -> String) -> String {
    (position.map { "\($0): " } ?? "") + message + (advice?.text(naming: name) ?? "")
  }
}

/// What a message ends with that is set by no key.
public enum ConfigurationAdvice: Sendable, SettingMessage {
  case threads
  /// The run's directory.
  case output
  case resume
  /// Of sampled pictures.
  case pictureSize

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .threads: "; \(name("threads")) says how many"
    case .output: " and \(name("output"))"
    case .resume: "; use \(name("resume")) RUN_DIR"
    case .pictureSize: " unless \(name("size")) says otherwise"
    }
  }
}
