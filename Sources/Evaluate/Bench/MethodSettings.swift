import Inference
import Support

/// What a method is, what it was told, and what it read.
public struct MethodSettings: Codable, Sendable, Equatable {
  public let record: MethodRecord
  /// SHA-256 of the files in the record, by what they are to the method.
  public let hashes: [String: String]
  /// Of the first case; case i has `seed + i`. Nil for a method that draws nothing.
  public let seed: UInt64?

  enum CodingKeys: String, CodingKey {
    case seed
    case hashes = "method_hashes"
  }

  init(_ record: MethodRecord, hashes: [String: String], seed: UInt64?) {
    self.record = record
    self.hashes = hashes
    self.seed = seed
  }

  public init(from decoder: any Decoder) throws {
    record = try MethodRecord(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    hashes = try container.decode([String: String].self, forKey: .hashes)
    seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
  }

  public func encode(to encoder: any Encoder) throws {
    try record.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(hashes, forKey: .hashes)
    try container.encodeIfPresent(seed, forKey: .seed)
  }

  /// For a table.
  var rows: [(String, String)] {
    [("method", "\(record.name): \(record.procedure)")]
      + record.files.sorted { $0.key < $1.key }
      + record.settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value.plainText) }
      + (seed.map { [("seed", "\($0) + position in id_list.npy")] } ?? [])
  }

  /// Where these make other pictures than `other`, of the same method. Files that were moved are still
  /// the same.
  func differences(from other: MethodSettings, now: String) -> [String] {
    func compare(_ name: String, _ there: String?, _ here: String?) -> String? {
      there == here ? nil : "\(name): \(there ?? "none") there, \(here ?? "none") \(now)"
    }
    let told = Set(record.settings.keys).union(other.record.settings.keys).sorted().compactMap {
      compare($0, other.record.settings[$0]?.plainText, record.settings[$0]?.plainText)
    }
    let read = Set(hashes.keys).union(other.hashes.keys).sorted().compactMap { name -> String? in
      hashes[name] == other.hashes[name]
        ? nil : "\(name): other weights in \(other.record.files[name] ?? "none")"
    }
    return read + told
      + [
        compare("procedure", other.record.procedure, record.procedure),
        compare("seed", other.seed.map { "\($0)" }, seed.map { "\($0)" }),
      ].compactMap { $0 }
  }
}
