import Foundation
import HTTPTypes
import PaintByExample

extension JSONValue {
  /// In one line, as answers and events have it.
  var line: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only numbers that are not finite cannot be written, and none is made here.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }

  /// Null where there is none.
  init(_ number: Double?) { self = number.flatMap { $0.isFinite ? .number($0) : nil } ?? .null }
}

extension Answer {
  static func json(
    _ value: JSONValue, _ status: HTTPResponse.Status = .ok, _ fields: HTTPFields = [:]
  ) -> Answer {
    var fields = fields
    fields[.cacheControl] = "no-store"
    return Answer(status, type: "application/json", Data(value.line.utf8), fields)
  }
}
