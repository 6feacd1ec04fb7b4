import Support

/// OmegaConf's interpolation: `${model.params.timesteps}` stands for the value of that key, alone or in a
/// text, `${.sibling}` starts at the group in which it stands and each further dot one group above.
///
/// - Source: omegaconf.readthedocs.io, "Variable interpolation".
struct Interpolation {
  private let root: ConfigurationNode
  /// What follows references can make a short file stand for a huge tree.
  private static let nodeLimit = 20_000
  /// So many characters of what references stand for count as another value.
  private static let charactersPerNode = 64
  /// References to references, and references within the names of references.
  private static let longestChain = 64
  private static let deepestNesting = 8

  /// Where a value stands: keys and places in lists from the root.
  private typealias Path = [String]

  init(_ root: ConfigurationNode) { self.root = root }

  /// The tree with all references followed.
  ///
  /// - Throws: where one leads nowhere or to itself, or asks for a resolver (`${oc.env:…}`).
  func resolved() throws(ConfigurationError) -> ConfigurationNode {
    var remaining = Self.nodeLimit
    return try resolve(root, at: [], following: [], &remaining)
  }

  /// - Parameter chain: the paths whose values are being followed.
  private func resolve(
    _ node: ConfigurationNode, at path: Path, following chain: [Path], _ remaining: inout Int
  ) throws(ConfigurationError) -> ConfigurationNode {
    remaining -= 1
    guard remaining >= 0 else {
      throw ConfigurationError(
        "holds over \(Self.nodeLimit) values once all `${…}` are followed (a long text counts as many)",
        at: node.position)
    }
    var result = node
    switch node.content {
    case .mapping(var members):
      for i in members.indices {
        members[i].value = try resolve(
          members[i].value, at: path + [members[i].key], following: chain, &remaining)
      }
      result.content = .mapping(members)
    case .list(var items):
      for i in items.indices {
        items[i] = try resolve(items[i], at: path + ["\(i)"], following: chain, &remaining)
      }
      result.content = .list(items)
    case .text(let text) where text.contains("${"):
      result.content = try content(
        of: text[...], Place(node: node, path: path, chain: chain), &remaining)
    default: break
    }
    return result
  }

  /// The text whose references are followed, and where it stands.
  private struct Place {
    let node: ConfigurationNode
    let path: Path
    let chain: [Path]

    func problem(_ message: String) -> ConfigurationError {
      ConfigurationError("`\(path.joined(separator: "."))` \(message)", at: node.position)
    }
  }

  /// What a text stands for: a whole reference for any value, references within it for their texts.
  private func content(
    of text: Substring, _ place: Place, _ remaining: inout Int, nesting: Int = 0
  ) throws(ConfigurationError) -> ConfigurationNode.Content {
    guard nesting <= Self.deepestNesting else {
      throw place.problem("has over \(Self.deepestNesting) `${…}` within one another")
    }
    var result = ""
    var rest = text
    while let start = rest.firstRange(of: "${") {
      let before = rest[..<start.lowerBound]
      guard before.last != "\\" else {  // \${ is the text itself
        result += before.dropLast() + "${"
        rest = rest[start.upperBound...]
        continue
      }
      guard let end = Self.end(of: rest[start.upperBound...]) else {
        throw place.problem("has a `${` without its `}`")
      }
      let inner = try content(
        of: rest[start.upperBound..<end], place, &remaining, nesting: nesting + 1)
      let name = try Self.text(of: inner, place)
      let value = try follow(name, place, &remaining)
      rest = rest[rest.index(after: end)...]
      if result.isEmpty, before.isEmpty, rest.isEmpty { return value }
      let text = try Self.text(of: value, place)
      remaining -= text.utf8.count / Self.charactersPerNode
      result += before + text
    }
    return .text(result + rest)
  }

  /// Where the brace closes that was opened before this text.
  private static func end(of text: Substring) -> String.Index? {
    var depth = 1
    for (index, character) in zip(text.indices, text) {
      if character == "{" { depth += 1 }
      if character == "}" { depth -= 1 }
      if depth == 0 { return index }
    }
    return nil
  }

  private static func text(
    of content: ConfigurationNode.Content, _ place: Place
  ) throws(ConfigurationError) -> String {
    switch content {
    case .text(let text), .literal(let text): return text
    case .null: return "None"  // as Python writes it
    case .list, .mapping:
      throw place.problem("holds a list or a group of keys within a text; only a `${…}` alone can")
    }
  }

  // MARK: References

  private func follow(
    _ reference: String, _ place: Place, _ remaining: inout Int
  ) throws(ConfigurationError) -> ConfigurationNode.Content {
    guard !reference.contains(":") else {
      throw place.problem(
        "asks for the resolver `${\(reference.shortened)}`, and there are none here; write the value "
          + "out, or give it as an override")
    }
    let path = try target(of: reference, place)
    var node = root
    for (depth, key) in path.enumerated() {
      let passed = Array(path.prefix(depth))
      if case .text = node.content {
        node = try resolve(node, at: passed, following: try extended(place, by: passed), &remaining)
      }
      node = try Self.step(node, key, passed, place)
    }
    return try resolve(
      node, at: path, following: try extended(place, by: path), &remaining
    ).content
  }

  private func extended(_ place: Place, by path: Path) throws(ConfigurationError) -> [Path] {
    guard !place.chain.contains(path), !place.path.starts(with: path) else {
      let names = (place.chain + [place.path, path]).map { "`\($0.joined(separator: "."))`" }
      throw place.problem("refers to itself: \(names.joined(separator: " → "))")
    }
    guard place.chain.count < Self.longestChain else {
      throw place.problem("refers to a value over \(Self.longestChain) references away")
    }
    return place.chain + [path]
  }

  /// The path that a reference names: `a.b`, `a[0].b`, `.sibling`, `..aunt`.
  private func target(of reference: String, _ place: Place) throws(ConfigurationError) -> Path {
    let name = reference.filter { !$0.isWhitespace && $0 != "]" }.replacing("[", with: ".")
    let dots = reference.prefix { $0 == "." }.count
    guard dots <= place.path.count else {
      throw place.problem("starts above the whole configuration: `${\(reference.shortened)}`")
    }
    let base = dots == 0 ? [] : Array(place.path.dropLast(dots))
    return base + name.dropFirst(dots).split(separator: ".").map(String.init)
  }

  private static func step(
    _ node: ConfigurationNode, _ key: String, _ passed: Path, _ place: Place
  ) throws(ConfigurationError) -> ConfigurationNode {
    switch node.content {
    case .list(let items):
      if let index = Int(key), items.indices.contains(index) { return items[index] }
    default:
      if let found = node[key] { return found }
    }
    var known: [String] = []
    if case .mapping(let members) = node.content { known = members.map(\.key) }
    throw place.problem(
      "refers to `\((passed + [key]).joined(separator: ".").shortened)`, and there is no such key"
        + didYouMean(key, in: known))
  }
}
