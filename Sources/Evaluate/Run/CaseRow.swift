/// The numbers of one case, a line of `cases.jsonl`.
struct CaseRow: Codable, Sendable, Equatable {
  let id: String
  /// Digest of the pictures that the case consists of.
  let inputs: String
  /// Those that were measured.
  let numbers: CaseNumbers

  init(id: String, inputs: String, numbers: CaseNumbers) {
    (self.id, self.inputs, self.numbers) = (id, inputs, numbers)
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: NameKey.self)
    id = try container.decode(String.self, forKey: "id")
    inputs = try container.decode(String.self, forKey: "inputs")
    var numbers: CaseNumbers = [:]
    for key in container.allKeys where !["id", "inputs"].contains(key.stringValue) {
      numbers[key.stringValue] = try container.decodeIfPresent(Double.self, forKey: key)
    }
    self.numbers = numbers
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NameKey.self)
    try container.encode(id, forKey: "id")
    try container.encode(inputs, forKey: "inputs")
    for (name, number) in numbers { try container.encode(number, forKey: NameKey(name)) }
  }
}
