import Foundation
import Training

/// The tables of `docs/configuration.md`, made from the keys' declarations.
///
/// A comment before each table says what it lists: `<!-- settings: a b.c -->` the keys with a choice
/// below `a` and `b.c` (in that order; where two tables could have a key, the longer path wins),
/// `<!-- fixed keys -->` and its like those without.
struct ConfigurationPage {
  private let lines: [String]
  private let keys: [ConfigurationKey]

  init(_ text: String, _ keys: [ConfigurationKey]) {
    lines = text.components(separatedBy: "\n")
    self.keys = keys
  }

  /// The page with tables that say what the keys say.
  var updated: String {
    var result: [String] = []
    var rest = lines[...]
    while let line = rest.popFirst() {
      result.append(line)
      guard let table = table(after: line) else { continue }
      rest = rest.drop { $0.isEmpty || $0.hasPrefix("|") }
      result += [""] + table + [""]
    }
    return result.joined(separator: "\n")
  }

  /// Keys that no table of the page lists.
  var homeless: [String] {
    keys.filter { $0.role == .setting && home(of: $0.path) == nil }.map(\.path)
  }

  private func table(after marker: String) -> [String]? {
    switch marker {
    case "<!-- fixed keys -->":
      return ["| Key | Value |", "|---|---|"] + rows(.fixed).map { row($0, [$0.value]) }
    case "<!-- moved keys -->":
      return ["| Key | Instead |", "|---|---|"] + rows(.moved).map { row($0, [$0.value]) }
    case "<!-- ignored keys -->":
      return ["| Key | Why |", "|---|---|"] + joined(rows(.ignored)).map { row($0, [$0.value]) }
    default:
      guard let prefixes = Self.prefixes(marker) else { return nil }
      return ["| Key | Values | Default | Meaning |", "|---|---|---|---|"]
        + settings(prefixes).map { row($0, [$0.kind, $0.value, $0.doc]) }
    }
  }

  private func row(_ key: ConfigurationKey, _ cells: [String]) -> String {
    "| " + (["`\(key.path)`"] + cells).joined(separator: " | ") + " |"
  }

  // MARK: Keys with a choice

  private static func prefixes(_ line: String) -> [String]? {
    guard line.hasPrefix("<!-- settings: ") else { return nil }
    return line.dropFirst(15).split(separator: " ").map(String.init).filter { $0 != "-->" }
  }

  /// The longest path of a marker that this one is, or lies below.
  private func home(of path: String) -> String? {
    lines.compactMap(Self.prefixes).joined()
      .filter { path == $0 || path.hasPrefix($0 + ".") }
      .max { $0.count < $1.count }
  }

  private func settings(_ prefixes: [String]) -> [ConfigurationKey] {
    let settings = sharedByDatasets(keys.filter { $0.role == .setting })
    return prefixes.flatMap { prefix in settings.filter { home(of: $0.path) == prefix } }
  }

  /// What is the same for training and validation takes one row.
  private func sharedByDatasets(_ keys: [ConfigurationKey]) -> [ConfigurationKey] {
    let (train, validation) = ("data.params.train.", "data.params.validation.")
    func twin(_ key: ConfigurationKey, _ from: String, _ to: String) -> ConfigurationKey? {
      keys.first {
        $0.path == key.path.replacing(from, with: to)
          && ($0.kind, $0.value, $0.doc) == (key.kind, key.value, key.doc)
      }
    }
    return keys.compactMap { key in
      var key = key
      if key.path.hasPrefix(validation), twin(key, validation, train) != nil { return nil }
      if key.path.hasPrefix(train), twin(key, train, validation) != nil {
        key.path = key.path.replacing(train, with: "data.params.{train,validation}.")
      }
      return key
    }
  }

  // MARK: Keys without a choice

  private func rows(_ role: ConfigurationKey.Role) -> [ConfigurationKey] {
    keys.filter { $0.role == role }.sorted { $0.path < $1.path }
  }

  /// Neighbours with the same reason take one row: `a.{b,c}`.
  private func joined(_ keys: [ConfigurationKey]) -> [ConfigurationKey] {
    struct Place: Hashable { let parent, reason: String }
    func split(_ path: String) -> (parent: String, name: String) {
      let parts = path.split(separator: ".")
      return (parts.dropLast().joined(separator: "."), String(parts.last ?? ""))
    }
    let places = keys.map { Place(parent: split($0.path).parent, reason: $0.value) }
    let groups = Dictionary(grouping: zip(places, keys), by: \.0).mapValues { $0.map(\.1) }
    return zip(places, keys).compactMap { place, key in
      guard let group = groups[place], group.first?.path == key.path else { return nil }
      var key = key
      let names = group.map { split($0.path).name }.joined(separator: ",")
      if group.count > 1 { key.path = "\(place.parent).{\(names)}" }
      return key
    }
  }
}
