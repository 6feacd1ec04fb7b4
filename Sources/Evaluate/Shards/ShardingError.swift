import Support

/// Why shards cannot be made or put together.
public enum ShardingError: Error, Equatable, Sendable {
  case noCases(Shard, of: Int)
  case notAShard(folder: String, reason: NotAShard)
  case otherSettings(folder: String, first: String, differences: [ShardDifference])
  case overlapping(Shard, folders: [String])
  case missing([Int], count: Int)
  case otherBench(folder: String, bench: String, reason: String)
  case changedResult(folder: String, file: String)
  case otherEncoders(folder: String, first: String, of: FeatureSpace)
  case sameFolder(String)

  /// What a folder lacks to be the finished output of a shard.
  public enum NotAShard: Equatable, Sendable, CustomStringConvertible {
    case noFolder
    case unfinished
    case noRecord
    case damagedRecord
    case noPictures(String)

    public var description: String {
      switch self {
      case .noFolder: "there is no such folder"
      case .unfinished: "it has no shard.json, which is written at the end"
      case .noRecord: "it has no shard.json"
      case .damagedRecord: "shard.json is not what pbe-eval wrote"
      case .noPictures(let path): "its pictures were in \(path), which is not there"
      }
    }
  }
}

/// Where two shards are not of one run.
public enum ShardDifference: Equatable, Sendable, SettingMessage {
  case shard(there: Shard, here: Shard)
  /// The number of first cases; nil for all.
  case limit(there: Int?, here: Int?)
  case list
  /// Pictures made elsewhere and pictures made by a method.
  case origin
  /// How a method makes its pictures, in words.
  case settings(String)

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .shard(let there, let here): "\(name("shard")) \(there) there, \(here) here"
    case .limit(let there, let here):
      "\(name("limit")): \(there.map { "\($0)" } ?? "none") there, \(here.map { "\($0)" } ?? "none") here"
    case .list: "another bench: the lists of cases differ"
    case .origin:
      "pictures made elsewhere (\(name("results"))) with pictures made by pbe-eval"
    case .settings(let text): text
    }
  }
}

extension ShardingError: SettingMessage {
  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .noCases(let shard, let total):
      "\(name("shard")) \(shard): \(total) cases cannot be divided into \(shard.count) shards, this one would "
        + "have none. Take fewer shards."
    case .notAShard(let folder, let reason):
      "\(folder): is not the finished output of pbe-eval \(name("shard")): \(reason)"
        + (reason == .unfinished
          ? ". Run its command again, with \(name("shard")) i/n, until it finishes." : "")
    case .otherSettings(let folder, let first, let differences):
      "\(folder): does not belong to the same run as \(first) "
        + "(\(differences.map { $0.text(naming: name) }.joined(separator: "; "))). All shards must "
        + "be made with the same command, but for \(name("shard")) and \(name("output"))."
    case .overlapping(let shard, let folders):
      "shard \(shard) is there twice: \(folders.joined(separator: " and "))"
    case .missing(let indices, let count):
      "shards are missing: "
        + indices.map { "\($0)/\(count)" }.joined(separator: ", ")
        + ". Give all \(count) folders."
    case .otherBench(let folder, let bench, let reason):
      "\(folder): was made on another bench than \(bench): \(reason). "
        + "Pass the shards' own with \(name("bench")) DIR."
    case .changedResult(let folder, let file):
      "\(folder): \(file) is not the picture that the shard scored: it was changed or damaged. "
        + "Run the shard's command again."
    case .otherEncoders(let folder, let first, let space):
      "\(folder): has features of another encoder than \(first), or none. Pass "
        + "\(MetricNeed.encoder(space).text(naming: name)) to encode what is missing."
    case .sameFolder(let folder):
      "\(name("output")) \(folder): is one of the shards. Choose another folder."
    }
  }
}
