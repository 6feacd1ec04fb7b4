import Foundation
import Support

extension Tokenizer {
  /// Writes the folder that transformers reads: `vocab.json`, `merges.txt`, and what is special.
  ///
  /// - Throws: `FileError`.
  package func write(to folder: String) throws {
    try Folder.make(folder)
    let tokens = source.vocabulary.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
    let members = tokens.map { "\(JSONValue.quoted($0.key)): \($0.value)" }
    try Self.write("{" + members.joined(separator: ", ") + "}\n", to: "\(folder)/vocab.json")
    let merges = source.merges.map { "\($0.left) \($0.right)\n" }
    try Self.write("#version: 0.2\n" + merges.joined(), to: "\(folder)/merges.txt")
    let files = [
      ("special_tokens_map.json", names),
      ("tokenizer_config.json", names.merging(more) { a, _ in a }),
    ]
    for (name, members) in files {
      try Self.write(JSONValue.object(members).text + "\n", to: "\(folder)/\(name)")
    }
  }

  private static func write(_ text: String, to path: String) throws {
    try AtomicFile.write(Data(text.utf8), to: path)
  }

  private var names: [String: JSONValue] {
    let settings = source.settings
    return [
      "bos_token": .string(settings.start), "eos_token": .string(settings.end),
      "pad_token": .string(settings.pad), "unk_token": .string(settings.unknown),
    ]
  }

  private var more: [String: JSONValue] {
    let settings = source.settings
    let special: Set = [settings.start, settings.end, settings.pad, settings.unknown]
    let listed = added.all.map { token, symbol -> (String, JSONValue) in
      let members: [String: JSONValue] = [
        "content": .string(token.content), "lstrip": .bool(token.stripsLeft),
        "normalized": .bool(token.isNormalized), "rstrip": .bool(token.stripsRight),
        "single_word": .bool(token.isSingleWord),
        "special": .bool(special.contains(token.content)),
      ]
      return ("\(symbol)", .object(members))
    }
    return [
      "add_prefix_space": .bool(false),
      "added_tokens_decoder": .object(Dictionary(listed) { first, _ in first }),
      "clean_up_tokenization_spaces": .bool(false),
      "do_lower_case": .bool(true),
      "errors": .string("replace"),
      "model_max_length": .integer(length),
      "tokenizer_class": .string("CLIPTokenizer"),
    ]
  }
}
