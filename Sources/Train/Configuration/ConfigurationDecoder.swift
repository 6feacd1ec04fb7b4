import Support

/// A key of the schema, as `docs/configuration.md` lists it.
package struct ConfigurationKey: Sendable {
  package enum Role: Sendable { case setting, fixed, moved, ignored, section }
  package var path: String
  package var role: Role
  /// What may stand there: "number from 0 to 1", "`eps`, `v`".
  package var kind: String
  /// The default as it would be written, the one supported value, or why the key is ignored.
  package var value: String
  /// What it means; empty for keys without a choice.
  package var doc: String
}

/// Collects what decoding a configuration finds: every problem, every note, and every key that was
/// asked for. The last makes the schema: a key that nobody asked for is unknown.
package final class ConfigurationDecoder {
  private(set) var problems: [ConfigurationProblem] = []
  private(set) var notes: [ConfigurationNote] = []
  package private(set) var keys: [ConfigurationKey] = []
  private var roles: [String: ConfigurationKey.Role] = [:]
  private var known: Set<ConfigurationProblem> = []
  private var unknownKeys = 0
  private let tree: ConfigurationTree

  package init(_ tree: ConfigurationTree) { self.tree = tree }

  /// Fills the fields of a group from its keys.
  ///
  /// A value that cannot be used is reported and leaves the default, so that reading goes on and
  /// finds the rest.
  ///
  /// - Parameter reason: why none of these keys may be given, if so.
  package func read<Group>(
    _ table: KeyTable<Group>, into group: inout Group, inactive reason: String? = nil
  ) {
    let reader = KeyReader(decoder: self, prefix: table.path, inactive: reason)
    for key in table.keys { key.read(reader, &group) }
  }

  // MARK: Places

  /// The group of keys at a path; nil when the configuration has none there.
  func group(_ path: String) -> ConfigurationNode? {
    var node = tree.root
    for part in path.split(separator: ".") {
      guard let next = node[String(part)], case .mapping = next.content else { return nil }
      node = next
    }
    return node
  }

  /// What stands at a path; nil for nothing and for null.
  func node(at path: String) -> ConfigurationNode? {
    let (parent, key) = Self.split(path)
    guard let node = group(parent)?[key] else { return nil }
    if case .null = node.content { return nil }
    return node
  }

  /// Where a key stands, or the group that could hold it.
  func position(of path: String) -> SourcePosition? {
    let (parent, key) = Self.split(path)
    let group = group(parent)
    return group?[key]?.position ?? group?.position
  }

  private static func split(_ path: String) -> (parent: String, key: String) {
    guard let dot = path.lastIndex(of: ".") else { return ("", path) }
    return (String(path[..<dot]), String(path[path.index(after: dot)...]))
  }

  // MARK: Findings

  /// Something is wrong with what a key has together with others.
  func fail(_ path: String, _ message: String) {
    fail("`\(path)` \(message)", at: position(of: path))
  }

  /// A group may be read by several parts; what is wrong with it is still said once.
  func fail(
    _ message: String, at position: SourcePosition?, advice: ConfigurationAdvice? = nil
  ) {
    let problem = ConfigurationProblem(position: position, message: message, advice: advice)
    if known.insert(problem).inserted { problems.append(problem) }
  }

  func note(
    _ message: String, at position: SourcePosition? = nil, advice: ConfigurationAdvice? = nil
  ) {
    notes.append(ConfigurationNote(position: position, message: message, advice: advice))
  }

  func register(_ key: ConfigurationKey) {
    guard roles[key.path] == nil else { return }
    let parent = Self.split(key.path).parent
    if !parent.isEmpty { registerGroup(parent) }
    roles[key.path] = key.role
    keys.append(key)
  }

  private func registerGroup(_ path: String) {
    guard roles[path] == nil else { return }
    register(ConfigurationKey(path: path, role: .section, kind: "group", value: "", doc: ""))
    guard let node = node(at: path) else { return }
    if case .mapping = node.content { return }
    fail("`\(path)` is \(node.found), expected a group of keys", at: node.position)
  }

  /// Throws all problems, unknown keys included. To be called when everything was asked for.
  package func finish() throws(ConfigurationError) {
    reportUnknownKeys(in: tree.root, path: "")
    let more = unknownKeys - Self.mostExplained
    if more > 0 { fail("\(more) further keys are unknown, too", at: nil) }
    if !problems.isEmpty { throw ConfigurationError(problems) }
  }

  /// A file of which nothing is known is another kind of file: nobody reads advice on each of its keys.
  private static let mostExplained = 100

  private func reportUnknownKeys(in node: ConfigurationNode, path: String) {
    guard case .mapping(let members) = node.content else { return }
    for member in members {
      let memberPath = path.isEmpty ? member.key : "\(path).\(member.key)"
      switch roles[memberPath] {
      case .section: reportUnknownKeys(in: member.value, path: memberPath)
      case nil:
        unknownKeys += 1
        if unknownKeys <= Self.mostExplained { reportUnknown(member, in: path) }
      default: break
      }
    }
  }

  private func reportUnknown(_ member: ConfigurationNode.Member, in path: String) {
    let prefix = path.isEmpty ? "" : path + "."
    let siblings = roles.keys.filter {
      $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains(".")
    }
    let names = siblings.map { String($0.dropFirst(prefix.count)) }.sorted()
    let advice: String
    if let name = nearest(to: member.key, in: names) {
      advice = "did you mean `\(prefix)\(name)`?"
    } else if let moved = roles.keys.filter({ $0.hasSuffix("." + member.key) }).min() {
      advice = "did you mean `\(moved)`?"
    } else {
      let place = path.isEmpty ? "at the top" : "in `\(path)`"
      advice = "known \(place): \(names.joined(separator: ", "))"
    }
    fail("unknown key `\(prefix)\(member.key.shortened)`; \(advice)", at: member.position)
  }
}
