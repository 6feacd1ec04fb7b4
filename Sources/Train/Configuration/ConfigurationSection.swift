/// A group of keys, read by name with type, default and limits.
///
/// A value that cannot be used is reported to the decoder and replaced by its default, so that
/// reading goes on and finds the rest.
struct ConfigurationSection {
  let path: String
  /// nil when the group does not stand in the configuration: every key then has its default.
  let node: ConfigurationNode?
  let decoder: ConfigurationDecoder
  /// Why the keys of this group may not be given, if so: another `target` was chosen.
  let inactive: String?

  private func fullPath(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Where `key` stands, or the nearest thing that could hold it.
  func position(of key: String) -> SourcePosition? {
    node?[key]?.position ?? node?.position
  }

  func fail(_ key: String, _ message: String) {
    decoder.fail("`\(fullPath(key))` \(message)", at: position(of: key))
  }

  private func value(of key: String) -> ConfigurationNode? {
    guard let value = node?[key] else { return nil }
    if case .null = value.content { return nil }
    return value
  }

  /// Registers the key and returns what stands there.
  private func take(
    _ key: String, _ kind: String, default fallback: String,
    role: ConfigurationDecoder.Key.Role = .setting
  ) -> ConfigurationNode? {
    decoder.register(.init(path: fullPath(key), role: role, kind: kind, value: fallback))
    let value = value(of: key)
    if let inactive, value != nil { fail(key, "has no meaning here: \(inactive)") }
    return value
  }

  // MARK: Groups

  /// The group of keys under `key`.
  func section(_ key: String, inactive reason: String? = nil) -> ConfigurationSection {
    let value = take(key, "group", default: "", role: .section)
    let isGroup = if case .mapping = value?.content { true } else { false }
    if let value, !isGroup { fail(key, "is \(value.found), expected a group of keys") }
    return ConfigurationSection(
      path: fullPath(key), node: isGroup ? value : nil, decoder: decoder,
      inactive: inactive ?? reason)
  }

  /// What a class path stands for; paths that are not known are refused by name.
  func target<Value>(_ known: KeyValuePairs<String, Value>) -> Value {
    choose(known.map { $0 })
  }

  private func choose<Value>(_ known: [(key: String, value: Value)]) -> Value {
    let names = known.map(\.key)
    let first = known[0]
    let kind = names.map { "`\($0)`" }.joined(separator: ", ")
    guard let value = take("target", kind, default: "`\(first.key)`") else { return first.value }
    if case .text(let name) = value.content {
      if let match = known.first(where: { $0.key == name }) { return match.value }
      fail(
        "target", "names the class \(name.shortened), known here: \(names.joined(separator: ", "))")
    } else {
      fail("target", "is \(value.found), expected a class path, such as \(first.key)")
    }
    return first.value
  }

  /// Checks the class path where there is nothing to choose.
  func target(oneOf names: String...) {
    _ = choose(names.map { (key: $0, value: $0) })
  }

  // MARK: Numbers

  /// - Parameter description: The default in words, where it depends on other keys.
  func integer(
    _ key: String, default fallback: Int, as description: String? = nil,
    _ limits: Limits = .positive
  ) -> Int {
    optionalInteger(key, default: description ?? "\(fallback)", limits) ?? fallback
  }

  func optionalInteger(
    _ key: String, default description: String = "none", _ limits: Limits = .positive
  ) -> Int? {
    let kind = "whole number \(limits)"
    guard let value = take(key, kind, default: description) else { return nil }
    guard case .literal(let text) = value.content, let integer = Literal.integer(text),
      limits.contain(Double(integer))
    else {
      fail(key, "is \(value.found), expected a \(kind)")
      return nil
    }
    return integer
  }

  func number(_ key: String, default fallback: Double, _ limits: Limits) -> Double {
    optionalNumber(key, default: fallback.short, limits) ?? fallback
  }

  func optionalNumber(
    _ key: String, default description: String = "none", _ limits: Limits
  ) -> Double? {
    let kind = "number \(limits)"
    guard let value = take(key, kind, default: description) else { return nil }
    guard case .literal(let text) = value.content, let number = Literal.number(text),
      limits.contain(number)
    else {
      fail(key, "is \(value.found), expected a \(kind)")
      return nil
    }
    return number
  }

  func number(_ key: String, default fallback: Float, _ limits: Limits) -> Float {
    optionalNumber(key, default: fallback.short, limits).map { Float($0) } ?? fallback
  }

  /// A number, or a word in its place; nil stands for the word.
  func number(_ key: String, orWord word: String, default fallback: Double, _ limits: Limits)
    -> Double?
  {
    let kind = "number \(limits) or `\(word)`"
    guard let value = take(key, kind, default: fallback.short) else { return fallback }
    if case .text(word) = value.content { return nil }
    if case .literal(let text) = value.content, let number = Literal.number(text),
      limits.contain(number)
    {
      return number
    }
    fail(key, "is \(value.found), expected a \(kind)")
    return fallback
  }

  func integers(_ key: String, default fallback: [Int], _ limits: Limits = .positive) -> [Int] {
    list(key, "whole numbers \(limits)", default: fallback) { text in
      Literal.integer(text).flatMap { limits.contain(Double($0)) ? $0 : nil }
    }
  }

  func numbers(_ key: String, default fallback: [Double], _ limits: Limits) -> [Double] {
    list(key, "numbers \(limits)", default: fallback) { text in
      Literal.number(text).flatMap { limits.contain($0) ? $0 : nil }
    }
  }

  private func list<Element>(
    _ key: String, _ elements: String, default fallback: [Element],
    _ element: (String) -> Element?
  ) -> [Element] {
    let kind = "list of \(elements)"
    guard let value = take(key, kind, default: "\(fallback)") else { return fallback }
    guard case .list(let items) = value.content else {
      fail(key, "is \(value.found), expected a \(kind)")
      return fallback
    }
    var result: [Element] = []
    for item in items {
      guard case .literal(let text) = item.content, let number = element(text) else {
        decoder.fail(
          "`\(fullPath(key))` holds \(item.found), expected a \(kind)", at: item.position)
        return fallback
      }
      result.append(number)
    }
    return result
  }

  // MARK: Words

  func bool(_ key: String, default fallback: Bool) -> Bool {
    optionalBool(key, default: "\(fallback)") ?? fallback
  }

  func optionalBool(_ key: String, default description: String = "none") -> Bool? {
    guard let value = take(key, "true or false", default: description) else { return nil }
    if case .literal(let text) = value.content, let bool = Literal.bool(text) { return bool }
    fail(key, "is \(value.found), expected true or false")
    return nil
  }

  func optionalText(_ key: String, _ kind: String = "text") -> String? {
    guard let value = take(key, kind, default: "none") else { return nil }
    switch value.content {
    case .text(let text), .literal(let text): return text
    default:
      fail(key, "is \(value.found), expected a \(kind)")
      return nil
    }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: Choice
  ) -> Choice where Choice.RawValue == String {
    let known = Choice.allCases.map { (word: $0.rawValue, value: $0) }
    return choice(key, known, default: fallback.rawValue) ?? fallback
  }

  /// What one of the words given stands for; nil when the key is not given. `true` and `false` may
  /// be among the words.
  func choice<Value>(
    _ key: String, _ known: [(word: String, value: Value)], default description: String
  ) -> Value? {
    let kind = known.map { "`\($0.word)`" }.joined(separator: ", ")
    guard let value = take(key, kind, default: description) else { return nil }
    var word: String?
    switch value.content {
    case .text(let text): word = text
    case .literal(let text): word = Literal.bool(text).map { "\($0)" } ?? text
    default: break
    }
    if let match = known.first(where: { $0.word == word }) { return match.value }
    fail(key, "is \(value.found), expected one of \(kind)")
    return nil
  }

  // MARK: Keys without effect

  /// A key of the official files for which only one value is supported.
  func fixed(_ key: String, _ supported: String) {
    guard let value = take(key, "`\(supported)`", default: "`\(supported)`", role: .fixed) else {
      return
    }
    if !value.means(supported) {
      fail(key, "is \(value.found); only `\(supported)` is supported here")
    }
  }

  /// A key (or group) of the official files that means nothing here; one note says why.
  func ignored(_ key: String, _ reason: String) {
    guard let value = take(key, "anything", default: reason, role: .ignored) else { return }
    decoder.note("`\(fullPath(key))` has no effect here: \(reason)", at: value.position)
  }

  /// A key of the official files for which ours has another place.
  func refused(_ key: String, instead: String) {
    guard take(key, "nothing", default: instead, role: .fixed) != nil else { return }
    fail(key, "is not used here; \(instead)")
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

/// The numbers that a key may have.
enum Limits: CustomStringConvertible {
  case atLeast(Double)
  case above(Double)
  case between(Double, Double)

  static let positive = Limits.between(1, 1e9)
  static let share = Limits.between(0, 1)

  func contain(_ number: Double) -> Bool {
    switch self {
    case .atLeast(let low): number >= low
    case .above(let low): number > low
    case .between(let low, let high): number >= low && number <= high
    }
  }

  var description: String {
    switch self {
    case .atLeast(let low): "of at least \(low.short)"
    case .above(let low): "above \(low.short)"
    case .between(let low, 1e9...): "of at least \(low.short)"
    case .between(let low, let high): "from \(low.short) to \(high.short)"
    }
  }
}

extension BinaryFloatingPoint where Self: LosslessStringConvertible {
  /// Without ".0" for whole numbers.
  fileprivate var short: String { Int(exactly: self).map { "\($0)" } ?? "\(self)" }
}
