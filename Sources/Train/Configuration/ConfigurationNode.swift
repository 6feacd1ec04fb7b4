/// Where a value of the configuration was written.
public struct SourcePosition: Hashable, Sendable, CustomStringConvertible {
  /// A file as the user named it, or "command line".
  public var source: String
  /// Counted from 1; nil on the command line.
  public var line: Int?

  public init(source: String, line: Int?) {
    self.source = source
    self.line = line
  }

  public static let commandLine = SourcePosition(source: "command line", line: nil)

  public var description: String { line.map { "\(source):\($0)" } ?? source }
}

/// A value of the configuration with the place where it was written.
///
/// Scalars keep their text, so that what is written back is what was read.
public struct ConfigurationNode: Sendable {
  public enum Content: Sendable {
    case null
    /// A number or truth value as it was written, without quotes.
    case literal(String)
    case text(String)
    case list([ConfigurationNode])
    case mapping([Member])
  }

  public struct Member: Sendable {
    public var key: String
    public var position: SourcePosition
    public var value: ConfigurationNode
  }

  public var content: Content
  public var position: SourcePosition

  /// The value of a key; nil when there is none or this is no mapping.
  public subscript(key: String) -> ConfigurationNode? {
    guard case .mapping(let members) = content else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// This value overlaid with `other`: mappings merge deeply, anything else is replaced.
  func merging(_ other: ConfigurationNode) -> ConfigurationNode {
    guard case .mapping(var members) = content, case .mapping(let others) = other.content else {
      return other
    }
    for member in others {
      if let index = members.firstIndex(where: { $0.key == member.key }) {
        members[index].value = members[index].value.merging(member.value)
        members[index].position = member.position
      } else {
        members.append(member)
      }
    }
    return ConfigurationNode(content: .mapping(members), position: position)
  }

  /// What stands here, in a user's words: `the text "abc"`, `a list`.
  var found: String {
    switch content {
    case .null: "nothing (null)"
    case .literal(let text): "`\(text.shortened)`"
    case .text(let text): "the text \"\(text.shortened)\""
    case .list: "a list"
    case .mapping: "a group of keys"
    }
  }
}

extension ConfigurationNode: Equatable {
  /// Equal contents, wherever they were written.
  public static func == (a: ConfigurationNode, b: ConfigurationNode) -> Bool {
    switch (a.content, b.content) {
    case (.null, .null): true
    case (.literal(let a), .literal(let b)), (.text(let a), .text(let b)): a == b
    case (.list(let a), .list(let b)): a == b
    case (.mapping(let a), .mapping(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }
}

extension String {
  /// The text in a length that fits a message.
  var shortened: String {
    (count <= 60 ? self : prefix(57) + "…").readablePath
  }
}
