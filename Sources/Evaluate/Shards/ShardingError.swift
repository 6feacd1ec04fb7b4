import Foundation

/// Why shards cannot be made or put together.
public enum ShardingError: Error, Equatable, Sendable {
  case noCases(Shard, of: Int)
  case notAShard(folder: String, reason: String)
  case otherSettings(folder: String, first: String, differences: [String])
  case overlapping(Shard, folders: [String])
  case missing([Int], count: Int)
  case otherBench(folder: String, bench: String, reason: String)
  case changedResult(folder: String, file: String)
  case otherEncoders(folder: String, first: String, option: String)
  case sameFolder(String)
}

extension ShardingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noCases(let shard, let total):
      "--shard \(shard): \(total) cases cannot be divided into \(shard.count) shards, this one would "
        + "have none. Take fewer shards."
    case .notAShard(let folder, let reason):
      "\(folder): is not the finished output of pbe-eval --shard: \(reason)"
    case .otherSettings(let folder, let first, let differences):
      "\(folder): does not belong to the same run as \(first) (\(differences.joined(separator: "; "))). "
        + "All shards must be made with the same command, but for --shard and --output."
    case .overlapping(let shard, let folders):
      "shard \(shard) is there twice: \(folders.joined(separator: " and "))"
    case .missing(let indices, let count):
      "shards are missing: "
        + indices.map { "\($0)/\(count)" }.joined(separator: ", ")
        + ". Give all \(count) folders."
    case .otherBench(let folder, let bench, let reason):
      "\(folder): was made on another bench than \(bench): \(reason). Pass the shards' own with "
        + "--bench DIR."
    case .changedResult(let folder, let file):
      "\(folder): \(file) is not the picture that the shard scored: it was changed or damaged. "
        + "Run the shard's command again."
    case .otherEncoders(let folder, let first, let option):
      "\(folder): has features of another encoder than \(first), or none. Pass \(option) to encode "
        + "what is missing."
    case .sameFolder(let folder):
      "--output \(folder): is one of the shards. Choose another folder."
    }
  }
}
