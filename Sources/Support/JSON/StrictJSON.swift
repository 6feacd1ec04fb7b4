import Foundation

/// One JSON value (RFC 8259), read strictly: nothing may follow it, no key may come twice.
///
/// For files of millions of small objects, where Foundation's readers are too slow and can't say
/// what is wrong in a user's words.
public enum StrictJSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([StrictJSON])
  case object([(key: String, value: StrictJSON)])

  /// - Parameters:
  ///   - text: UTF-8.
  ///   - count: more values and members are refused, since each takes far more memory than its text.
  /// - Throws: `JSONProblem`.
  public init(
    parsing text: UnsafeRawBufferPointer, atMost count: Int = .max
  ) throws(JSONProblem) {
    var parser = JSONParser(text: text, remaining: count)
    self = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == text.count else { throw parser.problem("more text after the value") }
  }

  public init(parsing text: String) throws(JSONProblem) {
    let bytes = Array(text.utf8)
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(JSONProblem) in try StrictJSON(parsing: bytes) }
    }
    self = try result.get()
  }

  /// What it is, in words, for messages: `the text "abc"`, `a list of 3`.
  public var summary: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): "the number \(value.shortest)"
    case .string(let value): "the text \"\(String(value.prefix(60)).readablePath)\""
    case .array(let values): "a list of \(values.count)"
    case .object(let members): "an object of \(members.count)"
    }
  }

  public static func == (a: StrictJSON, b: StrictJSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a == b
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)):
      a.elementsEqual(b) { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }
}

/// What is wrong with a JSON text, and at which byte (from 1).
public struct JSONProblem: Error, Equatable, CustomStringConvertible {
  public let problem: String
  public let column: Int
  public var description: String { "not valid JSON at character \(column): \(problem)" }
}

private struct JSONParser {
  let text: UnsafeRawBufferPointer
  /// Values that may still come.
  var remaining: Int
  var position = 0

  /// Deeper nesting than any of our formats has; recursion must not exhaust the stack.
  private static let deepest = 32
  private static let fewMembers = 16

  func problem(_ text: String) -> JSONProblem { JSONProblem(problem: text, column: position + 1) }

  private var next: UInt8 { position < text.count ? text[position] : 0 }

  mutating func skipSpace() {
    while next == 0x20 || next == 0x09 || next == 0x0A || next == 0x0D { position += 1 }
  }

  mutating func value(depth: Int) throws(JSONProblem) -> StrictJSON {
    guard depth < Self.deepest else { throw problem("nested too deeply") }
    guard remaining > 0 else { throw problem("more values than are expected here") }
    remaining -= 1
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: return try word()
    }
  }

  private mutating func object(depth: Int) throws(JSONProblem) -> [(key: String, value: StrictJSON)]
  {
    var members: [(key: String, value: StrictJSON)] = []
    var keys: Set<String> = []  // of a large object, where comparing with each takes too long
    position += 1
    skipSpace()
    if accept("}") { return members }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw problem("expected a key in double quotes") }
      let key = try string()
      if members.count == Self.fewMembers { keys = Set(members.map(\.key)) }
      let isKnown =
        members.count < Self.fewMembers
        ? members.contains { $0.key == key } : !keys.insert(key).inserted
      guard !isKnown else { throw problem("the key '\(key.shortened)' comes twice") }
      skipSpace()
      guard accept(":") else { throw problem("expected ':' after the key '\(key.shortened)'") }
      members.append((key, try value(depth: depth + 1)))
      skipSpace()
      if accept("}") { return members }
      guard accept(",") else { throw problem("expected ',' or '}'") }
    }
  }

  private mutating func array(depth: Int) throws(JSONProblem) -> [StrictJSON] {
    var values: [StrictJSON] = []
    position += 1
    skipSpace()
    if accept("]") { return values }
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      if accept("]") { return values }
      guard accept(",") else { throw problem("expected ',' or ']'") }
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard position < text.count, next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func word() throws(JSONProblem) -> StrictJSON {
    let words: [(String, StrictJSON)] = [
      ("true", .bool(true)), ("false", .bool(false)), ("null", .null),
    ]
    for (name, value) in words where text[position...].starts(with: name.utf8) {
      position += name.utf8.count
      return value
    }
    for name in ["NaN", "Infinity", "nan", "inf"] where text[position...].starts(with: name.utf8) {
      throw problem("\(name) is not a number in JSON")
    }
    throw problem(position < text.count ? "unexpected character" : "the text ends too early")
  }

  private mutating func number() throws(JSONProblem) -> Double {
    let start = position
    while "+-.eE0123456789".utf8.contains(next), position < text.count { position += 1 }
    let digits = UnsafeRawBufferPointer(rebasing: text[start..<position])
    guard let value = decimalNumber(digits), value.isFinite else {
      position = start
      throw problem("'\(digits.text.prefix(40))' is not a number in range")
    }
    return value
  }

  private mutating func string() throws(JSONProblem) -> String {
    position += 1
    var scalars: [UInt8] = []
    var start = position
    while true {
      guard position < text.count, next >= 0x20 else {
        throw problem(position < text.count ? "control character in a text" : "a text has no end")
      }
      if next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") {
        scalars.append(contentsOf: text[start..<position])
        if accept("\"") { break }
        try appendEscape(to: &scalars)
        start = position
      } else {
        position += 1
      }
    }
    guard let result = String(validating: scalars, as: UTF8.self) else {
      throw problem("a text is not valid UTF-8")
    }
    return result
  }

  private mutating func appendEscape(to scalars: inout [UInt8]) throws(JSONProblem) {
    position += 1
    let plain: [UInt8: UInt8] = [
      0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D,
      0x74: 0x09,
    ]
    if let byte = plain[next] {
      position += 1
      scalars.append(byte)
      return
    }
    guard accept("u") else { throw problem("unknown escape in a text") }
    var code = try hexadecimal()
    if 0xD800..<0xDC00 ~= code, accept("\\"), accept("u") {
      let low = try hexadecimal()
      guard 0xDC00..<0xE000 ~= low else { throw problem("half a surrogate pair") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw problem("half a surrogate pair") }
    scalars.append(contentsOf: String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() throws(JSONProblem) -> UInt32 {
    guard position + 4 <= text.count,
      let code = UInt32(
        UnsafeRawBufferPointer(rebasing: text[position..<position + 4]).text, radix: 16)
    else { throw problem("expected four hexadecimal digits after \\u") }
    position += 4
    return code
  }
}
