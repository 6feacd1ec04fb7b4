import Datasets

extension YOLODescription {
  /// Reads YOLO's `data.yaml`; keys that say nothing of pictures and classes are passed over.
  ///
  /// - Throws: `ConfigurationError`, with file and line.
  public init(contentsOf file: String) throws(ConfigurationError) {
    self.init()
    let root = try ConfigurationTree(files: [file]).root
    self.file = file
    self.root = try root["path"].map { node throws(ConfigurationError) in
      try Self.word(node, "path")
    }
    for (split, keys) in [
      (DatasetSplit.train, ["train"]), (.validation, ["val", "valid", "validation"]),
      (.test, ["test"]),
    ] {
      for key in keys {
        guard let node = root[key] else { continue }
        folders[split] = try Self.words(node, key)
      }
    }
    if let node = root["names"] { names = try Self.names(node) }
  }

  private static func word(
    _ node: ConfigurationNode, _ key: String
  ) throws(ConfigurationError) -> String {
    switch node.content {
    case .text(let text), .literal(let text): return text
    default:
      throw ConfigurationError("`\(key)` is \(node.found), expected a text", at: node.position)
    }
  }

  /// One, or a list; none where nothing is said.
  private static func words(
    _ node: ConfigurationNode, _ key: String
  ) throws(ConfigurationError) -> [String] {
    switch node.content {
    case .null: return []
    case .list(let items):
      var words: [String] = []
      for item in items { words.append(try word(item, key)) }
      return words
    default: return [try word(node, key)]
    }
  }

  /// In order, or by number.
  private static func names(
    _ node: ConfigurationNode
  ) throws(ConfigurationError) -> [Int: String] {
    var names: [Int: String] = [:]
    switch node.content {
    case .list(let items):
      for (number, item) in items.enumerated() { names[number] = try word(item, "names") }
    case .mapping(let members):
      for member in members {
        guard let number = Int(member.key), number >= 0 else {
          throw ConfigurationError(
            "`names` has the key `\(member.key.shortened)`, expected the number of a class",
            at: member.position)
        }
        names[number] = try word(member.value, "names")
      }
    default:
      throw ConfigurationError(
        "`names` is \(node.found), expected the classes' names", at: node.position)
    }
    return names
  }
}
