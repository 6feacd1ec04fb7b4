/// What may stand at a key, and how it is read and written.
package struct Kind<Value> {
  /// As the page lists it: "whole number from 1 to 9".
  let description: String
  let written: (Value) -> String
  let read: (ConfigurationNode) throws(Misfit) -> Value

  /// A kind that one literal or word stands for.
  ///
  /// - Parameters:
  ///   - expectation: as messages ask for it: "a whole number from 1 to 9".
  ///   - value: nil for what cannot stand there.
  fileprivate init(
    _ description: String, expectation: String? = nil, written: @escaping (Value) -> String,
    value: @escaping (ConfigurationNode.Content) -> Value?
  ) {
    let expectation = expectation ?? "a \(description)"
    self.init(description: description, written: written) { node throws(Misfit) in
      guard let value = value(node.content) else {
        throw Misfit("is \(node.found), expected \(expectation)", at: node)
      }
      return value
    }
  }

  private init(
    description: String, written: @escaping (Value) -> String,
    read: @escaping (ConfigurationNode) throws(Misfit) -> Value
  ) {
    (self.description, self.written, self.read) = (description, written, read)
  }

  /// The same for a field that may be empty.
  var optional: Kind<Value?> {
    Kind<Value?>(
      description: description, written: { $0.map(written) ?? "none" }, read: read)
  }
}

/// A value that cannot stand at its key.
struct Misfit: Error {
  /// What follows the key's name.
  let message: String
  let position: SourcePosition

  init(_ message: String, at node: ConfigurationNode) {
    (self.message, position) = (message, node.position)
  }
}

// MARK: Numbers

extension Kind where Value: FixedWidthInteger {
  package static func integer(_ limits: Limits = .positive) -> Kind {
    Kind("whole number \(limits)", written: { "\($0)" }) {
      guard case .literal(let text) = $0 else { return nil }
      return Literal.integer(text, limits).flatMap { Value(exactly: $0) }
    }
  }
}

extension Kind where Value: BinaryFloatingPoint & LosslessStringConvertible {
  package static func number(_ limits: Limits) -> Kind {
    Kind("number \(limits)", written: \.short) {
      guard case .literal(let text) = $0 else { return nil }
      return Literal.number(text, limits).map { Value($0) }
    }
  }
}

extension Kind<Double?> {
  /// A number, or a word in its place, which nil stands for.
  package static func number(_ limits: Limits, orWord word: String) -> Kind {
    Kind("number \(limits) or `\(word)`", written: { $0?.short ?? word }) { content in
      switch content {
      case .text(word): .some(nil)
      case .literal(let text): Literal.number(text, limits).map { .some($0) }
      default: nil
      }
    }
  }
}

extension Kind<[Int]> {
  package static func integers(_ limits: Limits = .positive) -> Kind {
    list(of: "whole numbers \(limits)") { Literal.integer($0, limits) }
  }
}

extension Kind<[Double]> {
  package static func numbers(_ limits: Limits) -> Kind {
    list(of: "numbers \(limits)") { Literal.number($0, limits) }
  }
}

extension Kind<[String]> {
  /// - Parameter elements: what each is, in the plural.
  package static func texts(_ elements: String) -> Kind {
    list(of: elements, written: { $0.isEmpty ? "[]" : $0.joined(separator: ", ") }, isWords: true) {
      $0.isEmpty ? nil : $0
    }
  }
}

extension Kind {
  private static func list<Element>(
    of elements: String, written: @escaping (Value) -> String = { "\($0)" }, isWords: Bool = false,
    _ element: @escaping (String) -> Element?
  ) -> Kind where Value == [Element] {
    let expectation = "a list of \(elements)"
    return Kind(description: "list of \(elements)", written: written) { node throws(Misfit) in
      guard case .list(let items) = node.content else {
        throw Misfit("is \(node.found), expected \(expectation)", at: node)
      }
      var result: [Element] = []
      for item in items {
        let text: String? =
          switch item.content {
          case .literal(let text): text
          case .text(let text) where isWords: text
          default: nil
          }
        guard let text, let value = element(text) else {
          throw Misfit("holds \(item.found), expected \(expectation)", at: item)
        }
        result.append(value)
      }
      return result
    }
  }
}

extension Literal {
  fileprivate static func integer(_ text: String, _ limits: Limits) -> Int? {
    integer(text).flatMap { limits.contain(Double($0)) ? $0 : nil }
  }

  fileprivate static func number(_ text: String, _ limits: Limits) -> Double? {
    number(text).flatMap { limits.contain($0) ? $0 : nil }
  }
}

// MARK: Words

extension Kind<Bool> {
  package static var bool: Kind {
    Kind("true or false", expectation: "true or false", written: { "\($0)" }) {
      if case .literal(let text) = $0 { Literal.bool(text) } else { nil }
    }
  }
}

extension Kind {
  /// Any text, described as what it has to be.
  package static func text(
    _ description: String, written: @escaping (Value) -> String,
    _ value: @escaping (String) -> Value
  ) -> Kind {
    Kind(description, written: written) {
      switch $0 {
      case .text(let text), .literal(let text): value(text)
      default: nil
      }
    }
  }
}

extension Kind where Value: Equatable {
  /// One of a few words; `true` and `false` may be among them.
  package static func word(_ known: [(word: String, value: Value)]) -> Kind {
    let words = quoted(known)
    return Kind(
      words, expectation: "one of \(words)",
      written: { value in known.first { $0.value == value }?.word ?? "" }
    ) { content in
      let word: String? =
        switch content {
        case .text(let text): text
        case .literal(let text): Literal.bool(text).map { "\($0)" } ?? text
        default: nil
        }
      return known.first { $0.word == word }?.value
    }
  }

  /// What a class path of the official files stands for; the first is the default.
  package static func className(_ known: [(word: String, value: Value)]) -> Kind {
    let names = known.map(\.word)
    return Kind(
      description: quoted(known),
      written: { value in "`\(known.first { $0.value == value }?.word ?? "")`" }
    ) { node throws(Misfit) in
      guard case .text(let name) = node.content else {
        throw Misfit("is \(node.found), expected a class path, such as \(names[0])", at: node)
      }
      guard let match = known.first(where: { $0.word == name }) else {
        throw Misfit(
          "names the class \(name.shortened), known here: \(names.joined(separator: ", "))",
          at: node)
      }
      return match.value
    }
  }

  private static func quoted(_ known: [(word: String, value: Value)]) -> String {
    known.map { "`\($0.word)`" }.joined(separator: ", ")
  }
}

extension Kind<String> {
  package static func word(oneOf words: [String]) -> Kind { word(words.map { ($0, $0) }) }
  package static func className(oneOf names: [String]) -> Kind { className(names.map { ($0, $0) }) }
}

extension Kind where Value: RawRepresentable<String> & CaseIterable & Equatable {
  /// Any of an enumeration's words.
  package static var choice: Kind { word(Value.allCases.map { ($0.rawValue, $0) }) }
}
