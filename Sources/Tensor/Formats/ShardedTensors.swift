import Foundation
import Support

/// Tensors in several files, with an index that says which is where (`….index.json`).
///
/// - Source: `{"metadata": {…}, "weight_map": {"name": "file"}}`, as huggingface_hub's
///   `save_torch_state_dict` and transformers write it; the files stand beside the index.
public struct ShardedTensors: TensorFile {
  /// The index.
  public let path: String
  public let layouts: [String: TensorLayout]
  /// The files by name, and the name of each tensor's.
  private let shards: [String: any TensorFile]
  private let map: [String: String]

  private static let largestIndex = 64 << 20

  /// Opens the index and every file that it names; both must agree on every tensor.
  ///
  /// - Throws: `FileError`, ``ShardError``, or what is wrong with a shard.
  public init(_ path: String) throws {
    self.path = path
    let map = try Self.map(path)
    var layouts: [String: TensorLayout] = [:]
    var shards: [String: any TensorFile] = [:]
    for (shard, names) in Dictionary(grouping: map.keys, by: { map[$0] ?? "" }) {
      let file = try Self.open(shard, of: path)
      let found = file.layouts
      let missing = names.filter { found[$0] == nil }
      guard missing.isEmpty else { throw ShardError.missing(path, shard, missing.sorted()) }
      let unlisted = found.keys.filter { map[$0] != shard }
      guard unlisted.isEmpty else { throw ShardError.unlisted(path, shard, unlisted.sorted()) }
      layouts.merge(found) { $1 }
      shards[shard] = file
    }
    self.map = map
    self.layouts = layouts
    self.shards = shards
  }

  private static func map(_ path: String) throws -> [String: String] {
    let file = try MappedFile(path)
    return try withExtendedLifetime(file) {
      guard file.bytes.count <= largestIndex,
        let json = try? JSONSerialization.jsonObject(with: Data(file.bytes)) as? [String: Any],
        let map = json["weight_map"] as? [String: String], !map.isEmpty
      else { throw ShardError.notIndex(path, FileContent(file.bytes)) }
      return map
    }
  }

  private static func open(_ shard: String, of path: String) throws -> any TensorFile {
    let parts = shard.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !["", ".", ".."].contains($0) }), !shard.contains("\0") else {
      throw ShardError.outside(path, shard)
    }
    do {
      return try openFile("\(FileError.folder(of: path))/\(shard)")
    } catch FileError.missing {
      throw ShardError.noShard(path, shard)
    }
  }

  public func reader(of name: String) throws -> @Sendable () -> Tensor {
    try shard(of: name).reader(of: name)
  }

  public func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try shard(of: name).withBytes(of: name, body)
  }

  public func releasePages(of name: String) { try? shard(of: name).releasePages(of: name) }

  private func shard(of name: String) throws -> any TensorFile {
    guard let shard = map[name], let file = shards[shard] else {
      throw ShardError.noTensor(path, name)
    }
    return file
  }
}

/// What can be wrong between an index and its shards.
public enum ShardError: Error, Equatable, CustomStringConvertible {
  case notIndex(_ path: String, _ found: FileContent)
  case outside(_ path: String, _ shard: String)
  case noShard(_ path: String, _ shard: String)
  case missing(_ path: String, _ shard: String, _ names: [String])
  case unlisted(_ path: String, _ shard: String, _ names: [String])
  case noTensor(_ path: String, _ name: String)

  public var description: String {
    switch self {
    case .notIndex(let path, let found):
      "\(path) is not an index of shards: expected JSON with a \"weight_map\" from names to files"
        + (found == .json ? "" : "; it is \(found.name). \(found.advice(for: path))")
    case .outside(let path, let shard):
      "\(path) names the file \(shard.shortened); expected files in the index's own folder"
    case .noShard(let path, let shard):
      "\(path) names the file \(shard.shortened), which is not beside it; download it, too"
    case .missing(let path, let shard, let names):
      "\(path) says that \(shard.shortened) has \(Self.list(names)), but it has not; "
        + "index and files are of different downloads"
    case .unlisted(let path, let shard, let names):
      "\(shard.shortened) has \(Self.list(names)), which \(path) does not list for it; "
        + "index and files are of different downloads"
    case .noTensor(let path, let name):
      "\(path) lists no tensor \(name)"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(4).map(\.shortened).joined(separator: ", ")
      + (names.count > 4 ? " and \(names.count - 4) more" : "")
  }
}
