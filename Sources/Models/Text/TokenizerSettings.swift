import Support

/// What a tokenizer's vocabulary doesn't say: which tokens are special, and how long texts become.
package struct TokenizerSettings: Sendable, Equatable {
  package var start = "<|startoftext|>"
  package var end = "<|endoftext|>"
  /// Stands for bytes that the vocabulary lacks.
  package var unknown = "<|endoftext|>"
  package var pad = "<|endoftext|>"
  /// What is looked for in texts.
  package var tokens = [AddedToken("<|startoftext|>"), AddedToken("<|endoftext|>")]
  /// Tokens of a padded text.
  package var length = TokenizerSettings.usualLength

  /// What CLIP's text towers have positions for.
  package static let usualLength = 77
  private static let longest = 1 << 20

  package init() {}
}

/// The files beside a vocabulary, as transformers writes them.
///
/// - Source: `PreTrainedTokenizerBase._from_pretrained` and `TokenizersBackend` of transformers 5.24.
extension TokenizerSettings {
  /// Files' members, where there are such files.
  struct Files {
    /// `tokenizer_config.json`.
    var configuration: [String: JSONValue] = [:]
    /// `special_tokens_map.json`.
    var names: [String: JSONValue] = [:]
    /// `added_tokens.json`.
    var numbers: [String: JSONValue] = [:]
    /// `added_tokens` of `tokenizer.json`.
    var added: [JSONValue] = []
  }

  /// - Parameters:
  ///   - files: what they hold.
  ///   - file: `tokenizer_config.json`'s path, for messages.
  /// - Returns: the settings, and the numbers of tokens that the vocabulary need not hold.
  /// - Throws: ``TokenizerError/unsupported(_:_:)``.
  static func read(
    _ files: Files, file: String
  ) throws -> (settings: TokenizerSettings, numbers: [String: Int]) {
    var reader = TokenizerSettingsReader(files)
    var settings = TokenizerSettings()
    settings.start = reader.name("bos_token", default: settings.start)
    settings.end = reader.name("eos_token", default: settings.end)
    settings.unknown = reader.name("unk_token", default: settings.unknown)
    settings.pad = reader.name("pad_token", default: settings.pad)
    settings.tokens = reader.addedTokens()
    settings.length = reader.length(default: usualLength, limit: longest)
    reader.checkSupported()
    guard reader.problems.isEmpty else {
      throw TokenizerError.unsupported(file, reader.problems)
    }
    return (settings, reader.numbers)
  }
}

private struct TokenizerSettingsReader {
  private let members: [String: JSONValue]
  /// Tokens with numbers of their own, in their order.
  private let listed: [JSONValue]
  private(set) var numbers: [String: Int] = [:]
  private(set) var problems: [String] = []

  private static let names = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  init(_ files: TokenizerSettings.Files) {
    if case .object(let decoder)? = files.configuration["added_tokens_decoder"] {
      members = files.configuration
      let byNumber = decoder.compactMap { key, value in Int(key).map { (number: $0, value: value) }
      }
      .sorted { $0.number < $1.number }
      listed = byNumber.map(\.value)
      for (number, value) in byNumber {
        if let token = AddedToken(value, isSpecial: false) { numbers[token.content] = number }
      }
      return
    }
    members = files.configuration.merging(files.names) { _, name in name }
    listed = files.added
    for value in files.added {
      if case .object(let member) = value, case .integer(let number)? = member["id"],
        let token = AddedToken(value, isSpecial: false)
      {
        numbers[token.content] = number
      }
    }
    for (content, value) in files.numbers {
      if case .integer(let number) = value { numbers[content] = number }
    }
  }

  mutating func name(_ key: String, default fallback: String) -> String {
    guard let value = members[key], value != .null else { return fallback }
    guard let token = AddedToken(value, isSpecial: true) else {
      problems.append("`\(key)` is \(value.kind), expected a token.")
      return fallback
    }
    return token.content
  }

  /// Listed tokens as they are described; else those that have a role, of several of the same content
  /// the last.
  mutating func addedTokens() -> [AddedToken] {
    var tokens: [AddedToken] = []
    for value in listed {
      if let token = AddedToken(value, isSpecial: false) { tokens.append(token) }
    }
    let known = Set(tokens.map(\.content) + numbers.keys)
    let special = Set(
      Self.names.compactMap { members[$0].flatMap { AddedToken($0, isSpecial: true) } }
        .map(\.content))
    for content in numbers.keys.sorted(by: { (numbers[$0] ?? 0) < (numbers[$1] ?? 0) })
    where !tokens.contains(where: { $0.content == content }) {
      var token = AddedToken(content)
      token.isNormalized = !special.contains(content)
      tokens.append(token)
    }
    var named: [AddedToken] = []
    func take(_ value: JSONValue?) {
      guard let value, let token = AddedToken(value, isSpecial: true),
        !known.contains(token.content)
      else { return }
      named.removeAll { $0.content == token.content }
      named.append(token)
    }
    let usual: [String: JSONValue] = [
      "bos_token": .string("<|startoftext|>"), "eos_token": .string("<|endoftext|>"),
      "unk_token": .string("<|endoftext|>"), "pad_token": .string("<|endoftext|>"),
    ]
    for name in Self.names { take(members[name] ?? usual[name]) }
    for key in ["extra_special_tokens", "additional_special_tokens"] {
      if case .array(let values)? = members[key] { values.forEach(take) }
    }
    return tokens + named
  }

  /// Numbers beyond any use mean that there is no limit.
  mutating func length(default fallback: Int, limit: Int) -> Int {
    switch members["model_max_length"] {
    case nil, .null: return fallback
    case .integer(let value) where (2...limit).contains(value): return value
    case .integer(let value) where value > limit: return fallback
    case .number(let value) where value > Double(limit): return fallback
    case let value?:
      problems.append(
        "`model_max_length` is \(value.text), expected a whole number of at least 2.")
      return fallback
    }
  }

  /// What would give other tokens, and isn't built here.
  mutating func checkSupported() {
    let fixed: [(key: String, values: [JSONValue])] = [
      ("tokenizer_class", [.string("CLIPTokenizer"), .string("CLIPTokenizerFast")]),
      ("padding_side", [.string("right")]),
      ("truncation_side", [.string("right")]),
      ("split_special_tokens", [.bool(false)]),
      ("add_bos_token", [.bool(true)]),
      ("add_eos_token", [.bool(true)]),
    ]
    for (key, values) in fixed {
      guard let value = members[key], value != .null, !values.contains(value) else { continue }
      let supported = values.map(\.text).joined(separator: ", ")
      problems.append("`\(key)` is \(value.text), supported: \(supported).")
    }
  }
}

extension AddedToken {
  /// A token as transformers writes it: its name alone, or an object. A special one is looked for in the
  /// text as it was given unless it says otherwise.
  init?(_ value: JSONValue, isSpecial: Bool) {
    switch value {
    case .string(let content) where !content.isEmpty:
      self.init(content)
      isNormalized = !isSpecial
    case .object(let members):
      guard case .string(let content)? = members["content"], !content.isEmpty else { return nil }
      self.init(content)
      func flag(_ key: String) -> Bool? {
        if case .bool(let flag)? = members[key] { return flag }
        return nil
      }
      isNormalized = flag("normalized") ?? !(flag("special") ?? isSpecial)
      isSingleWord = flag("single_word") ?? false
      stripsLeft = flag("lstrip") ?? false
      stripsRight = flag("rstrip") ?? false
    default: return nil
    }
  }
}
