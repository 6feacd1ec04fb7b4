import Foundation
import Support

extension ConfigurationTree {
  /// The configuration as YAML; reading it gives the same tree.
  public var yaml: String {
    guard case .mapping(let members) = root.content, !members.isEmpty else { return "{}\n" }
    return root.yamlLines.joined(separator: "\n") + "\n"
  }
}

extension ConfigurationNode {
  /// The value as lines of a YAML block.
  fileprivate var yamlLines: [String] {
    if let flow { return [flow] }
    switch content {
    case .mapping(let members):
      return members.flatMap { member in
        let key = Self.quotedIfNeeded(member.key)
        if let flow = member.value.flow { return ["\(key): \(flow)"] }
        return ["\(key):"] + member.value.yamlLines.map { "  " + $0 }
      }
    case .list(let items):
      return items.flatMap { item in
        let lines = item.yamlLines
        return ["- " + lines[0]] + lines.dropFirst().map { "  " + $0 }
      }
    case .null, .literal, .text: return []
    }
  }

  /// The value in one line; nil for what needs a block.
  var flow: String? {
    switch content {
    case .null: return "null"
    case .literal(let text): return text
    case .text(let text): return Self.quotedIfNeeded(text)
    case .mapping(let members): return members.isEmpty ? "{}" : nil
    case .list(let items):
      let parts = items.map(\.flow)
      guard parts.allSatisfy({ $0 != nil }) else { return nil }
      return "[" + parts.compactMap { $0 }.joined(separator: ", ") + "]"
    }
  }

  private static let plainCharacters = CharacterSet(
    charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-")

  /// A text stands without quotes only where nobody could take it for anything else.
  private static func quotedIfNeeded(_ text: String) -> String {
    let isSafe =
      text.unicodeScalars.allSatisfy(plainCharacters.contains)
      && text.contains(where: \.isLetter)
      && !Literal.isLiteral(text) && !["null", "Null", "NULL"].contains(text)
    return isSafe ? text : JSONValue.quoted(text)
  }
}
