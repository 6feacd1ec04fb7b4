import Yams

/// Reads one YAML document into configuration nodes that know where they stand.
struct YAMLReader {
  let text: String
  /// The file's name; nil for the command line.
  let source: String?

  /// Aliases can make a short file stand for a huge tree.
  private static let nodeLimit = 20_000

  func node() throws(ConfigurationError) -> ConfigurationNode {
    let document: Node?
    do {
      document = try Parser(yaml: text).singleRoot()
    } catch let error as YamlError {
      throw describe(error)
    } catch {
      throw ConfigurationError("cannot be read as YAML", at: position())
    }
    guard let document else { return ConfigurationNode(content: .null, position: position()) }
    var remaining = Self.nodeLimit
    return try convert(document, &remaining)
  }

  private func position(line: Int? = nil) -> SourcePosition {
    source.map { SourcePosition(source: $0, line: line) } ?? .commandLine
  }

  private func convert(
    _ node: Node, _ remaining: inout Int
  ) throws(ConfigurationError) -> ConfigurationNode {
    let position = position(line: node.mark?.line)
    remaining -= 1
    guard remaining >= 0 else {
      throw ConfigurationError(
        "holds over \(Self.nodeLimit) values (aliases count at every use)", at: position)
    }
    switch node {
    case .scalar(let scalar):
      return ConfigurationNode(content: try content(scalar, position), position: position)
    case .sequence(let sequence):
      try refuseTag(sequence.tag, position)
      var items: [ConfigurationNode] = []
      for item in sequence { items.append(try convert(item, &remaining)) }
      return ConfigurationNode(content: .list(items), position: position)
    case .mapping(let mapping):
      try refuseTag(mapping.tag, position)
      var members: [ConfigurationNode.Member] = []
      var merged: [ConfigurationNode.Member] = []
      for (key, value) in mapping {
        let place = self.position(line: key.mark?.line)
        guard case .scalar(let name) = key else {
          throw ConfigurationError("a key must be a word", at: place)
        }
        let node = try convert(value, &remaining)
        if name.string == "<<" && name.style == .plain {
          merged += try self.merged(node, at: place)
        } else {
          members.append(.init(key: name.string, position: place, value: node))
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
    guard scalar.style == .plain && !isText else { return .text(scalar.string) }
    if ["", "~", "null", "Null", "NULL"].contains(scalar.string) { return .null }
    return Literal.isLiteral(scalar.string) ? .literal(scalar.string) : .text(scalar.string)
  }

  private func refuseTag(_ tag: Tag, _ position: SourcePosition) throws(ConfigurationError) {
    guard !["", "!"].contains(tag.rawValue) else { return }
    throw ConfigurationError(
      "the YAML tag `\(tag.rawValue.shortened)` has no meaning here; remove it", at: position)
  }

  private func describe(_ error: YamlError) -> ConfigurationError {
    switch error {
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.map { "`\($0.shortened)`" }.joined(separator: ", ")
      return ConfigurationError(
        "the key \(list) is repeated further down; keep one",
        at: position(line: context.mark.line))
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      if indentation(ofLine: mark.line).contains("\t") {
        return ConfigurationError(
          "a tab indents this line; YAML is indented with spaces", at: position(line: mark.line))
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
