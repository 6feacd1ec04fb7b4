/// A remark on a configuration: a key without effect, a surprising setting.
public struct ConfigurationNote: Equatable, Sendable, CustomStringConvertible {
  /// nil when it is about what stands nowhere.
  public var position: SourcePosition?
  public var message: String
  public var advice: ConfigurationAdvice?

  public var description: String { position.map { "\($0): \(message)" } ?? message }
}

/// What a message could add if it knew how a program's user sets what no key holds.
public enum ConfigurationAdvice: Sendable {
  case threads
  /// The run's directory.
  case output
  case resume
  /// Of sampled pictures.
  case pictureSize
}
