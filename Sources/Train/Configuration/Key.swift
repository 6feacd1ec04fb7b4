/// A key of the configuration, stated once: where it is, what may stand there, the field that it
/// fills and what it means. Its default is the value that the field has before.
///
/// ```swift
/// Key("every", \.every, .integer(.between(0, 1e9)), "Steps between two; 0 is never.")
/// ```
///
/// Reading, checking, messages, the schema and the tables of docs/configuration.md all follow from
/// it.
package struct Key<Group> {
  let read: (KeyReader, inout Group) -> Void
}

/// The keys that fill the fields of one group, below a common path.
package struct KeyTable<Group> {
  let path: String
  let keys: [Key<Group>]

  package init(_ path: String, _ keys: [Key<Group>]) {
    (self.path, self.keys) = (path, keys)
  }

  /// Keys whose names are whole paths.
  package init(_ keys: [Key<Group>]) {
    self.init("", keys)
  }
}

/// A default that is not simply the field's value.
package enum KeyDefault<Group, Value> {
  /// The field's value, under a condition: "1000 if …".
  case value(if: String)
  /// What other keys say, in words for the page.
  case derived(String, (Group) -> Value)
}

extension Key {
  package init<Value>(
    _ name: String, _ field: WritableKeyPath<Group, Value>, _ kind: Kind<Value>,
    default special: KeyDefault<Group, Value>? = nil, _ doc: String
  ) {
    read = { reader, group in
      var fallback = group[keyPath: field]
      var words = kind.written(fallback)
      switch special {
      case nil: break
      case .value(let condition): words += " if \(condition)"
      case .derived(let description, let value):
        (fallback, words) = (value(group), description)
      }
      let value = reader.value(name, kind, default: words, doc)
      group[keyPath: field] = value ?? fallback
    }
  }

  /// A field that is empty when nothing is given.
  package init<Value>(
    _ name: String, _ field: WritableKeyPath<Group, Value?>, _ kind: Kind<Value>,
    default special: KeyDefault<Group, Value?>? = nil, _ doc: String
  ) {
    self.init(name, field, kind.optional, default: special, doc)
  }

  /// A class path of the official files that leaves nothing to choose.
  package static func target(_ name: String, oneOf names: String..., doc: String) -> Key {
    Key { reader, _ in
      let kind = Kind.className(oneOf: names)
      _ = reader.value(name, kind, default: kind.written(names[0]), doc)
    }
  }

  /// A key of the official files for which only one value is supported.
  package static func fixed(_ name: String, _ supported: String) -> Key {
    Key { reader, _ in
      let value = "`\(supported)`"
      guard let node = reader.take(name, .fixed, kind: value, value: value) else { return }
      if !node.means(supported) {
        reader.fail(name, "is \(node.found); only `\(supported)` is supported here", at: node)
      }
    }
  }

  /// Keys (or groups) of the official files that mean nothing here; a note on each says why.
  package static func ignored(
    _ names: String..., because reason: String, advice: ConfigurationAdvice? = nil
  ) -> Key {
    Key { reader, _ in
      for name in names {
        guard let node = reader.take(name, .ignored, kind: "anything", value: reason) else {
          continue
        }
        reader.decoder.note(
          "`\(reader.path(name))` has no effect here: \(reason)", at: node.position,
          advice: advice)
      }
    }
  }

  /// A key of the official files for which ours has another place.
  ///
  /// - Parameter advice: takes the place of `instead` in messages.
  package static func moved(
    _ name: String, instead: String, advice: ConfigurationAdvice? = nil
  ) -> Key {
    Key { reader, _ in
      guard let node = reader.take(name, .moved, kind: "nothing", value: instead) else { return }
      let message = advice == nil ? "is not used here; \(instead)" : "is not used here"
      reader.decoder.fail(
        "`\(reader.path(name))` \(message)", at: node.position, advice: advice)
    }
  }
}

/// Reads the keys of one table for a decoder.
struct KeyReader {
  let decoder: ConfigurationDecoder
  let prefix: String
  /// Why none of these keys may be given, if so: another `target` was chosen.
  let inactive: String?

  func path(_ name: String) -> String { prefix.isEmpty ? name : "\(prefix).\(name)" }

  func fail(_ name: String, _ message: String, at node: ConfigurationNode) {
    decoder.fail("`\(path(name))` \(message)", at: node.position)
  }

  /// Adds the key to the schema and returns what the configuration says; nil for nothing and null.
  func take(
    _ name: String, _ role: ConfigurationKey.Role, kind: String, value: String, doc: String = ""
  ) -> ConfigurationNode? {
    let path = path(name)
    decoder.register(.init(path: path, role: role, kind: kind, value: value, doc: doc))
    guard let node = decoder.node(at: path) else { return nil }
    if let inactive { fail(name, "has no meaning here: \(inactive)", at: node) }
    return node
  }

  /// nil where nothing (usable) is given: what cannot be used is reported, and reading goes on.
  func value<Value>(
    _ name: String, _ kind: Kind<Value>, default fallback: String, _ doc: String
  ) -> Value? {
    guard
      let node = take(name, .setting, kind: kind.description, value: fallback, doc: doc)
    else { return nil }
    do {
      return try kind.read(node)
    } catch {
      decoder.fail("`\(path(name))` \(error.message)", at: error.position)
      return nil
    }
  }
}

extension ConfigurationNode {
  /// Whether this is another way to write `text`: `1.0` for 1, `True` for true, an empty list.
  fileprivate func means(_ text: String) -> Bool {
    switch content {
    case .null: text == "null"
    case .text(let own): own == text
    case .list(let items): items.isEmpty && text == "[]"
    case .mapping: false
    case .literal(let own):
      if let bool = Literal.bool(own) {
        Literal.bool(text) == bool
      } else {
        Literal.number(own) == Literal.number(text)
      }
    }
  }
}
