/// What an unquoted scalar means, as the official reader (PyYAML with OmegaConf's floats) has it:
/// `1e-5` and `1.e-6` are numbers, `yes` is true.
enum Literal {
  static func isLiteral(_ text: String) -> Bool { bool(text) != nil || number(text) != nil }

  static func bool(_ text: String) -> Bool? {
    switch text {
    case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": true
    case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": false
    default: nil
    }
  }

  /// A finite decimal number; digits may be grouped with `_`.
  static func number(_ text: String) -> Double? {
    guard let first = text.utf8.first, first != UInt8(ascii: "_"),
      text.utf8.allSatisfy(numberCharacters.contains)
    else { return nil }
    let number = Double(text.filter { $0 != "_" })
    return number?.isFinite == true ? number : nil
  }

  /// A whole number, also when written as `1e5`.
  static func integer(_ text: String) -> Int? {
    guard let number = number(text) else { return nil }
    return Int(text.filter { $0 != "_" }) ?? Int(exactly: number)
  }

  private static let numberCharacters = Set("0123456789+-.eE_".utf8)
}
