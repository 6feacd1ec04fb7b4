import Foundation
import Support

/// A value of a JSON file from outside, which knows where it stands: `answers.json, rankings[3].order`.
struct CheckedJSON {
  let file: String
  /// Empty for the whole document.
  let place: String
  let value: StrictJSON

  /// Reads a file.
  ///
  /// - Parameter limit: More bytes than that are not read.
  /// - Throws: ``MalformedFile``, `FileError`.
  init(readingFile path: String, limit: Int) throws {
    if let size = FileSystem.status(path).map({ Int($0.st_size) }), size > limit {
      throw MalformedFile(
        file: path, place: "", found: "\(Quantity.bytes(size))",
        expected: "at most \(Quantity.bytes(limit))")
    }
    let bytes = [UInt8](try FileSystem.contents(of: path))
    let parsed = bytes.withUnsafeBytes { bytes in
      let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      return Result { () throws(JSONProblem) in
        try StrictJSON(parsing: UnsafeRawBufferPointer(rebasing: bytes.dropFirst(mark)))
      }
    }
    do {
      self.init(file: path, place: "", value: try parsed.get())
    } catch {
      throw MalformedFile(file: path, place: "", found: "\(error)", expected: "a JSON file")
    }
  }

  private init(file: String, place: String, value: StrictJSON) {
    (self.file, self.place, self.value) = (file, place, value)
  }

  /// What is wrong with this value.
  func problem(_ found: String, expected: String) -> MalformedFile {
    MalformedFile(file: file, place: place, found: found, expected: expected)
  }

  private func isNot(_ expected: String) -> MalformedFile {
    problem(value.summary, expected: expected)
  }

  /// - Throws: ``MalformedFile`` where there is no such key.
  subscript(_ key: String) -> CheckedJSON {
    get throws {
      guard let found = try member(key) else {
        throw problem("no '\(key)'", expected: "an object with that key")
      }
      return found
    }
  }

  /// The value under a key; nil where there is none, or null.
  func member(_ key: String) throws -> CheckedJSON? {
    guard case .object(let members) = value else { throw isNot("an object") }
    guard let found = members.first(where: { $0.key == key }), found.value != .null else {
      return nil
    }
    return CheckedJSON(
      file: file, place: place.isEmpty ? key : "\(place).\(key)", value: found.value)
  }

  /// The keys of an object, in order.
  var keys: [String] {
    get throws {
      guard case .object(let members) = value else { throw isNot("an object") }
      return members.map(\.key)
    }
  }

  var list: [CheckedJSON] {
    get throws {
      guard case .array(let values) = value else { throw isNot("a list") }
      return values.enumerated().map { i, value in
        CheckedJSON(file: file, place: "\(place)[\(i)]", value: value)
      }
    }
  }

  var text: String {
    get throws {
      guard case .string(let text) = value else { throw isNot("a text") }
      return text
    }
  }

  var number: Double {
    get throws {
      guard case .number(let number) = value else { throw isNot("a number") }
      return number
    }
  }

  /// A whole number within a range.
  func integer(_ range: ClosedRange<Int>) throws -> Int {
    guard case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole)
    else { throw isNot("a whole number from \(range.lowerBound) to \(range.upperBound)") }
    return whole
  }
}

/// What a file from outside holds in the place of something else.
public struct MalformedFile: Error, Equatable, Sendable, CustomStringConvertible {
  public let file: String
  /// Where in the file: a path of keys, a line; empty for all of it.
  public let place: String
  public let found: String
  public let expected: String

  init(file: String, place: String, found: String, expected: String) {
    (self.file, self.place, self.found, self.expected) = (file, place, found, expected)
  }

  public var description: String {
    "\(file)\(place.isEmpty ? "" : ", \(place)"): found \(found), expected \(expected)"
      .readablePath
  }
}
