import Support

/// Collects what decoding a configuration finds: every problem, every note, and every key that was
/// asked for. The last makes the schema: a key that nobody asked for is unknown.
package final class ConfigurationDecoder {
  /// A key of the schema, as `docs/configuration.md` lists it.
  package struct Key: Sendable {
    package enum Role: Sendable { case setting, fixed, ignored, section }
    package var path: String
    package var role: Role
    /// What may stand there: "number from 0 to 1", "`eps`, `v`".
    package var kind: String
    /// The default as it would be written, the one supported value, or why the key is ignored.
    package var value: String
  }

  private(set) var problems: [ConfigurationProblem] = []
  private(set) var notes: [String] = []
  private(set) var keys: [Key] = []
  private var roles: [String: Key.Role] = [:]
  private let tree: ConfigurationTree

  init(_ tree: ConfigurationTree) { self.tree = tree }

  var root: ConfigurationSection {
    ConfigurationSection(path: "", node: tree.root, decoder: self, inactive: nil)
  }

  /// A group may be read by several parts; what is wrong with it is still said once.
  func fail(_ message: String, at position: SourcePosition?) {
    let problem = ConfigurationProblem(position: position, message: message)
    if !problems.contains(problem) { problems.append(problem) }
  }

  func note(_ message: String, at position: SourcePosition? = nil) {
    notes.append(position.map { "\($0): \(message)" } ?? message)
  }

  func register(_ key: Key) {
    guard roles.updateValue(key.role, forKey: key.path) == nil else { return }
    keys.append(key)
  }

  /// Throws all problems, unknown keys included. To be called when everything was asked for.
  func finish() throws(ConfigurationError) {
    reportUnknownKeys(in: tree.root, path: "")
    if !problems.isEmpty { throw ConfigurationError(problems) }
  }

  private func reportUnknownKeys(in node: ConfigurationNode, path: String) {
    guard case .mapping(let members) = node.content else { return }
    for member in members {
      let memberPath = path.isEmpty ? member.key : "\(path).\(member.key)"
      switch roles[memberPath] {
      case .section: reportUnknownKeys(in: member.value, path: memberPath)
      case nil: reportUnknown(member, in: path)
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
