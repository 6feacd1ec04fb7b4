import Foundation
import PaintByExample

/// A value of a request, and where in it.
struct Given {
  let name: String
  let value: StrictJSON

  private func wrong(_ expected: String) -> Refusal {
    .invalid("\(name) is \(value.summary), expected \(expected)")
  }

  func text() throws(Refusal) -> String {
    guard case .string(let text) = value else { throw wrong("a text") }
    return text
  }

  func truth() throws(Refusal) -> Bool {
    guard case .bool(let truth) = value else { throw wrong("true or false") }
    return truth
  }

  func float() throws(Refusal) -> Float {
    guard case .number(let number) = value, Float(number).isFinite else { throw wrong("a number") }
    return Float(number)
  }

  func floats() throws(Refusal) -> [Float] {
    guard case .array(let items) = value else { throw wrong("a list of numbers") }
    var floats: [Float] = []
    for item in items { floats.append(try Given(name: name, value: item).float()) }
    return floats
  }

  /// A whole number that every program can hold.
  func integer(from least: Int = -largest) throws(Refusal) -> Int {
    let most = Self.largest
    guard case .number(let number) = value, number == number.rounded(),
      number >= Double(least), number <= Double(most)
    else { throw wrong("a whole number from \(least) to \(most)") }
    return Int(number)
  }

  /// Beyond it two whole numbers may be one and the same in JSON.
  private static let largest = (1 << 53) - 1

  /// One of an enumeration's words.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type = Choice.self
  ) throws(Refusal) -> Choice where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
      throw wrong("one of \(words)")
    }
    return choice
  }

  /// The members of an object, of which all must be known; those that are null are left out.
  func members(_ known: [String]) throws(Refusal) -> [String: Given] {
    guard case .object(let members) = value else { throw wrong("an object") }
    var found: [String: Given] = [:]
    for (key, value) in members {
      guard known.contains(key) else {
        throw .invalid(
          "\(name) has the unknown member \(quoted(key)); known are \(known.joined(separator: ", "))"
        )
      }
      if value != .null { found[key] = Given(name: key, value: value) }
    }
    return found
  }

  private func quoted(_ text: String) -> String { JSONValue.string(String(text.prefix(60))).line }
}

extension Given {
  /// A body.
  ///
  /// - Throws: ``Refusal``.
  init(body: Data) throws(Refusal) {
    let parsed = body.withUnsafeBytes { bytes in
      Result { () throws(JSONProblem) in try StrictJSON(parsing: bytes, atMost: Self.values) }
    }
    do {
      value = try parsed.get()
    } catch {
      throw Refusal(.badRequest, "the body is \(error)")
    }
    name = "the body"
  }

  /// More than any request needs.
  private static let values = 1_000
}

extension Given {
  /// The items of a list, or what is given itself, where one is as good as a list of one.
  ///
  /// - Returns: nil for a null in a list.
  func items() -> [Given?] {
    guard case .array(let items) = value else { return [self] }
    return items.enumerated().map { number, item in
      item == .null ? nil : Given(name: "\(name) \(number + 1)", value: item)
    }
  }
}

extension [String: Given] {
  subscript(required key: String) -> Given {
    get throws(Refusal) {
      guard let given = self[key] else { throw .invalid("\(key) is missing") }
      return given
    }
  }
}
