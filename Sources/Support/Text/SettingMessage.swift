/// A message that names settings: to a command they are flags, to a page its controls.
///
/// The library says what is the case; whoever shows it knows what a setting is called there.
public protocol SettingMessage: CustomStringConvertible {
  /// - Parameter name: what a setting, such as `invert-mask`, is called.
  func text(naming name: (String) -> String) -> String

  /// Whether the mistake is in what was asked for, rather than in files: to a command, wrong usage.
  var isUsage: Bool { get }
}

extension SettingMessage {
  public var isUsage: Bool { false }

  /// For a programmer: settings by their plain names.
  public var description: String { text { "`\($0)`" } }
}
