import Foundation
import Support

/// Reads typed values out of a `config.json` and collects every problem, to report them together.
package struct ConfigurationReader {
  /// More layers, of a network or of one of its levels, than any published model has.
  package static let mostLayers = 256
  private static let mostLevels = 16
  private static let largestSize = 1 << 24

  let file: String
  private let members: [String: JSONValue]
  private(set) var problems: [String] = []

  init(_ members: [String: JSONValue], file: String) {
    self.members = members
    self.file = file
  }

  /// The members of the object that a file holds.
  ///
  /// - Parameter edit: makes JSON of what only resembles it.
  static func members(
    of file: URL, editedBy edit: (String) -> String = { $0 }
  ) throws(ModelConfigurationError) -> [String: JSONValue] {
    let sizeLimit = 1 << 20
    let data: Data
    do {
      data = try FileSystem.start(of: file.relativePath, count: sizeLimit + 1)
    } catch {
      throw .unreadable(file: file.relativePath, reason: "cannot be read")
    }
    guard data.count <= sizeLimit else {
      throw .unreadable(file: file.relativePath, reason: "is over 1 MB")
    }
    let text = edit(String(decoding: data, as: UTF8.self))
    guard let value = try? JSONValue(parsing: Data(text.utf8)) else {
      throw .unreadable(file: file.relativePath, reason: "is not valid JSON")
    }
    guard case .object(let members) = value else {
      throw .unreadable(file: file.relativePath, reason: "holds \(value.kind), not an object")
    }
    return members
  }

  func finish() throws(ModelConfigurationError) {
    if !problems.isEmpty { throw .invalid(file: file, problems: problems) }
  }

  mutating func fail(_ problem: String) { problems.append(problem) }

  /// A whole number, positive unless `least` is lower.
  ///
  /// - Parameter limit: the largest sensible one. Widths cost nothing before the weights are compared
  ///   with them; layers are built at once, and a damaged file must not exhaust the memory.
  mutating func integer(
    _ key: String, default fallback: Int, from least: Int = 1, limit: Int = largestSize
  ) -> Int {
    switch members[key] {
    case nil, .null: return fallback
    case .integer(let value) where (least...max(least, limit)).contains(value): return value
    case let value?:
      let kind = least == 1 ? "a positive whole number" : "a whole number of at least \(least)"
      fail("`\(key)` is \(value.text), expected \(kind), at most \(limit).")
      return fallback
    }
  }

  /// Yes or no.
  mutating func flag(_ key: String, default fallback: Bool) -> Bool {
    switch members[key] {
    case nil, .null: return fallback
    case .bool(let value): return value
    case let value?:
      fail("`\(key)` is \(value.text), expected true or false.")
      return fallback
    }
  }

  /// A finite positive number.
  mutating func number(
    _ key: String, default fallback: Double, below limit: Double = .infinity
  ) -> Double {
    switch members[key] {
    case nil, .null: return fallback
    case .integer(let value) where value > 0 && Double(value) < limit: return Double(value)
    case .number(let value) where value > 0 && value < limit: return value
    case let value?:
      let range = limit.isFinite ? "a number between 0 and \(limit)" : "a positive number"
      fail("`\(key)` is \(value.text), expected \(range).")
      return fallback
    }
  }

  /// A list of positive whole numbers, one a level of a network.
  mutating func integers(_ key: String, default fallback: [Int]) -> [Int] {
    switch members[key] {
    case nil, .null: return fallback
    case .array(let values):
      let integers = values.compactMap { value -> Int? in
        guard case .integer(let number) = value else { return nil }
        return (1...Self.largestSize).contains(number) ? number : nil
      }
      if integers.count == values.count && (1...Self.mostLevels).contains(values.count) {
        return integers
      }
    default: break
    }
    fail(
      "`\(key)` should be a list of 1 to \(Self.mostLevels) positive whole numbers, each at most "
        + "\(Self.largestSize).")
    return fallback
  }

  /// One of the names given.
  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: Choice
  ) -> Choice where Choice.RawValue == String {
    switch members[key] {
    case nil, .null: return fallback
    case let value?:
      if case .string(let name) = value, let choice = Choice(rawValue: name) { return choice }
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      fail("`\(key)` is \(value.text), supported: \(names).")
      return fallback
    }
  }

  /// A list of names, each of which must be among `known`.
  mutating func names(_ key: String, known: Set<String>, default fallback: [String]) -> [String] {
    guard let value = members[key], value != .null else { return fallback }
    guard case .array(let values) = value else {
      fail("`\(key)` is \(value.kind), expected a list of block names.")
      return fallback
    }
    let names = values.compactMap { value -> String? in
      if case .string(let name) = value, known.contains(name) { return name }
      let list = known.sorted().joined(separator: ", ")
      fail("`\(key)` holds \(value.text), supported: \(list).")
      return nil
    }
    return names.count == values.count ? names : fallback
  }

  /// An option that changes the mathematics and has one supported value; absent means that value.
  mutating func fixed(_ key: String, _ supported: JSONValue) {
    guard let value = members[key], !value.means(supported) else { return }
    fail("`\(key)` is \(value.text), supported: \(supported.text).")
  }

  /// One number, or a list of `count` equal ones, for a size that diffusers allows per level.
  mutating func uniform(
    _ key: String, levels count: Int, default fallback: Int, limit: Int = largestSize
  ) -> Int {
    guard case .array(let values)? = members[key] else {
      return integer(key, default: fallback, limit: limit)
    }
    if case .integer(let first)? = values.first, (1...limit).contains(first),
      values.count == count, values.allSatisfy({ $0 == values[0] })
    {
      return first
    }
    let value = JSONValue.array(values).text.split { $0.isNewline || $0 == " " }.joined()
    fail("`\(key)` is \(value), supported: one number for all \(count) levels.")
    return fallback
  }

  func isGiven(_ key: String) -> Bool { (members[key] ?? .null) != .null }
}

extension JSONValue {
  /// Equal up to the spelling of numbers and of "no"; a list of equal values is meant per level.
  fileprivate func means(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
    case (.bool(false), .null): true
    case (.array(let values), .bool), (.array(let values), .integer):
      values.allSatisfy { $0 == other }
    default: self == other
    }
  }
}
