import Yams

/// Reads one YAML document into configuration nodes that know where they stand.
struct YAMLReader {
  let text: String
  /// The file's name; nil for the command line.
  let source: String?

  /// Aliases can make a short file stand for a huge tree.
  private static let nodeLimit = 20_000

  /// Stands for every `*` while Yams parses, so that an alias is a word there. Yams would follow
  /// aliases before anybody counts, and hash a mapping's key with all that it stands for.
  private static let star: Unicode.Scalar = "\u{F8FA}"

  /// What conversion has met so far.
  private struct Progress {
    var remaining = YAMLReader.nodeLimit
    /// What aliases can name: the value, its text if it is a word, and how many values it holds.
    var anchors: [String: (node: ConfigurationNode, text: String?, size: Int)] = [:]
  }

  func node() throws(ConfigurationError) -> ConfigurationNode {
    guard !text.unicodeScalars.contains(Self.star) else {
      throw ConfigurationError("holds the character U+F8FA, which means nothing", at: position())
    }
    do {
      let parser = try Parser(yaml: Self.replacing("*", with: Self.star, in: text))
      // The parser owns its nodes' anchors.
      return try withExtendedLifetime(parser) {
        guard let document = try parser.singleRoot() else {
          return ConfigurationNode(content: .null, position: position())
        }
        var progress = Progress()
        return try convert(document, &progress)
      }
    } catch let error as ConfigurationError {
      throw error
    } catch let error as YamlError {
      throw describe(error)
    } catch {
      throw ConfigurationError("cannot be read as YAML", at: position())
    }
  }

  private func position(line: Int? = nil) -> SourcePosition {
    source.map { SourcePosition(source: $0, line: line) } ?? .commandLine
  }

  private func convert(
    _ node: Node, _ progress: inout Progress
  ) throws(ConfigurationError) -> ConfigurationNode {
    let position = position(line: node.mark?.line)
    if case .scalar(let scalar) = node, let name = Self.alias(scalar) {
      let target = try target(name, progress, at: position)
      try count(target.size, &progress, at: position)
      return target.node
    }
    let before = progress.remaining
    try count(1, &progress, at: position)
    let converted = try content(of: node, &progress, at: position)
    if let anchor = node.anchor {
      let text = node.scalar.map { Self.restored($0.string) }
      progress.anchors[anchor.rawValue] = (converted, text, before - progress.remaining)
    }
    return converted
  }

  private func count(
    _ values: Int, _ progress: inout Progress, at position: SourcePosition
  ) throws(ConfigurationError) {
    progress.remaining -= values
    guard progress.remaining >= 0 else {
      throw ConfigurationError(
        "holds over \(Self.nodeLimit) values (aliases count at every use)", at: position)
    }
  }

  /// The name after the star, if the word is an alias: quoted, it would be a text.
  private static func alias(_ scalar: Node.Scalar) -> String? {
    scalar.style == .plain && scalar.string.unicodeScalars.first == star
      ? String(scalar.string.unicodeScalars.dropFirst()) : nil
  }

  private static func isAlias(_ key: Node) -> Bool { key.scalar.flatMap(alias) != nil }

  private static func restored(_ text: String) -> String {
    replacing(star, with: "*", in: text)
  }

  /// Scalars, not characters: a star with a combining mark behind it is one, too.
  private static func replacing(
    _ scalar: Unicode.Scalar, with other: Unicode.Scalar, in text: String
  ) -> String {
    var result = String.UnicodeScalarView()
    result.append(contentsOf: text.unicodeScalars.lazy.map { $0 == scalar ? other : $0 })
    return String(result)
  }

  private func target(
    _ alias: String, _ progress: Progress, at position: SourcePosition
  ) throws(ConfigurationError) -> (node: ConfigurationNode, text: String?, size: Int) {
    guard let target = progress.anchors[alias] else {
      throw ConfigurationError("is no valid YAML: found undefined alias", at: position)
    }
    return target
  }

  /// The name of a mapping's member.
  private func name(
    _ key: Node, _ progress: inout Progress, at position: SourcePosition
  ) throws(ConfigurationError) -> String {
    guard case .scalar(let scalar) = key else {
      throw ConfigurationError("a key must be a word", at: position)
    }
    guard let alias = Self.alias(scalar) else {
      if key.anchor != nil { _ = try convert(key, &progress) }
      return Self.restored(scalar.string)
    }
    guard let text = try target(alias, progress, at: position).text else {
      throw ConfigurationError("a key must be a word", at: position)
    }
    return text
  }

  private func content(
    of node: Node, _ progress: inout Progress, at position: SourcePosition
  ) throws(ConfigurationError) -> ConfigurationNode {
    switch node {
    case .scalar(let scalar):
      return ConfigurationNode(content: try content(scalar, position), position: position)
    case .sequence(let sequence):
      try refuseTag(sequence.tag, position)
      var items: [ConfigurationNode] = []
      for item in sequence { items.append(try convert(item, &progress)) }
      return ConfigurationNode(content: .list(items), position: position)
    case .mapping(let mapping):
      try refuseTag(mapping.tag, position)
      var members: [ConfigurationNode.Member] = []
      var merged: [ConfigurationNode.Member] = []
      var names: Set<String> = []
      for (key, value) in mapping {
        let place = self.position(line: key.mark?.line)
        let name = try name(key, &progress, at: place)
        // Yams has compared the keys as they are written; `<<` may come as often as there are groups.
        guard names.insert(name).inserted || !Self.isAlias(key) else {
          throw ConfigurationError("the key `\(name.shortened)` is repeated; keep one", at: place)
        }
        let node = try convert(value, &progress)
        if name == "<<" && key.scalar?.style == .plain {
          merged += try self.merged(node, at: place)
        } else {
          members.append(.init(key: name, position: place, value: node))
        }
      }
      return ConfigurationNode(
        content: .mapping(Self.filling(members, with: merged)), position: position)
    case .alias:
      throw ConfigurationError("an alias cannot be followed; write the value out", at: position)
    }
  }

  /// The members that the key `<<` takes over: of a group, or of several in a list.
  ///
  /// - Source: yaml.org/type/merge.html.
  private func merged(
    _ node: ConfigurationNode, at position: SourcePosition
  ) throws(ConfigurationError) -> [ConfigurationNode.Member] {
    let groups =
      switch node.content {
      case .list(let items): items
      default: [node]
      }
    var members: [ConfigurationNode.Member] = []
    for group in groups {
      guard case .mapping(let own) = group.content else {
        throw ConfigurationError(
          "`<<` merges a group of keys, or a list of such, not \(group.found)",
          at: position)
      }
      members += own
    }
    return members
  }

  /// What is said here wins over what is merged, and what is merged first over the rest.
  private static func filling(
    _ members: [ConfigurationNode.Member], with merged: [ConfigurationNode.Member]
  ) -> [ConfigurationNode.Member] {
    var known = Set(members.map(\.key))
    return merged.filter { known.insert($0.key).inserted } + members
  }

  private func content(
    _ scalar: Node.Scalar, _ position: SourcePosition
  ) throws(ConfigurationError) -> ConfigurationNode.Content {
    let isText = scalar.tag.rawValue == Tag.Name.str.rawValue
    if !isText { try refuseTag(scalar.tag, position) }
    guard scalar.style == .plain && !isText else { return .text(Self.restored(scalar.string)) }
    if ["", "~", "null", "Null", "NULL"].contains(scalar.string) { return .null }
    return Literal.isLiteral(scalar.string)
      ? .literal(scalar.string) : .text(Self.restored(scalar.string))
  }

  private func refuseTag(_ tag: Tag, _ position: SourcePosition) throws(ConfigurationError) {
    guard !["", "!"].contains(tag.rawValue) else { return }
    throw ConfigurationError(
      "the YAML tag `\(tag.rawValue.shortened)` has no meaning here; remove it", at: position)
  }

  private func describe(_ error: YamlError) -> ConfigurationError {
    switch error {
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.map { "`\(Self.restored($0).shortened)`" }.joined(separator: ", ")
      return ConfigurationError(
        "the key \(list) is repeated further down; keep one",
        at: position(line: context.mark.line))
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      if indentation(ofLine: mark.line).contains("\t") {
        return ConfigurationError(
          "a tab indents this line; YAML is indented with spaces", at: position(line: mark.line))
      }
      guard !problem.contains("yaml_set_max_nest_level") else {
        return ConfigurationError("is nested too deeply", at: position(line: mark.line))
      }
      return ConfigurationError("is no valid YAML: \(problem)", at: position(line: mark.line))
    case .reader(let problem, let offset, _, let yaml):
      let line = offset.map { yaml.prefix($0).count { $0.isNewline } + 1 } ?? 1
      return ConfigurationError(
        "is no valid YAML: \(problem)", at: position(line: line))
    default:
      return ConfigurationError("is no valid YAML: \(error)", at: position())
    }
  }

  private func indentation(ofLine line: Int) -> Substring {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.indices.contains(line - 1) else { return "" }
    return lines[line - 1].prefix { $0 == " " || $0 == "\t" }
  }
}
