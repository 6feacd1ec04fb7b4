import ArgumentParser
import Commands
import Evaluation

/// What the library needs or refuses, in the words of this program's options.
struct OptionWording: EvaluationWording {
  func text(_ need: MetricNeed) -> String {
    switch need {
    case .encoder(.clip): "--clip DIR"
    case .encoder(.inception): "--inception FILE"
    case .encoder(nil): "--clip DIR or --inception FILE"
    case .statistics(nil): "--reference-statistics FILE"
    case .statistics(let space?): "--reference-statistics FILE made with --\(space.rawValue)"
    case .mixture: "--gmm FILE"
    }
  }

  func limit(_ count: Int) -> String { "--limit \(count)" }
  func shard(_ name: String) -> String { "--shard \(name)" }
}

extension ParsableCommand {
  /// Runs a command's work; what it throws names the options that have to do with it.
  func inOptionWords(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let error as any WordedWithOptions {
      throw Reworded(description: error.inOptions)
    } catch let error as MetricSelectionError {
      throw UsageError(error.inOptions)
    }
  }
}

/// An error in other words.
private struct Reworded: Error, CustomStringConvertible {
  let description: String
}

/// An error whose message is complete only with what to pass to this program.
private protocol WordedWithOptions: Error {
  var inOptions: String { get }
}

extension MetricSelectionError {
  var inOptions: String {
    guard case .missing(let needs, let metric) = self else { return description }
    let missing = needs.map(OptionWording().text).joined(separator: " and ")
    return "the metric \(metric) needs \(missing)"
  }
}

extension EvaluationError: WordedWithOptions {
  fileprivate var inOptions: String {
    switch self {
    case .unreadableSettings:
      "\(self); choose another --output or remove the folder"
    case .otherSettings:
      "\(self) Choose another --output, or remove that folder to start again."
    case .changedCase:
      "\(self) Choose another --output, or remove the results to start again."
    case .unknownResults(let folder, _):
      "\(self) Score them with --results \(folder), or choose another --output."
    case .noTrueReference(let bench):
      "\(bench): has no folder True_*, which --true-reference needs. "
        + "Benches made by 'pbe-data scenes' have one; COCOEE has not."
    case .diskTooSmall:
      "\(self) Choose another --output, or take fewer cases with --limit or --shard."
    default: description
    }
  }
}

extension ShardingError: WordedWithOptions {
  fileprivate var inOptions: String {
    switch self {
    case .noCases: "--\(self)"
    case .notAShard(let folder, let reason):
      "\(folder): is not the finished output of pbe-eval --shard: \(reason)"
        + (reason == .unfinished
          ? ". Run its command again, with --shard i/n, until it finishes." : "")
    case .otherSettings(let folder, let first, let differences):
      "\(folder): does not belong to the same run as \(first) "
        + "(\(differences.map(inOptions).joined(separator: "; "))). "
        + "All shards must be made with the same command, but for --shard and --output."
    case .otherBench: "\(self) Pass the shards' own with --bench DIR."
    case .otherEncoders(_, _, let space):
      "\(self) Pass \(OptionWording().text(.encoder(space))) to encode what is missing."
    case .sameFolder: "--output \(self)"
    case .overlapping, .missing, .changedResult: description
    }
  }

  private func inOptions(_ difference: ShardDifference) -> String {
    switch difference {
    case .shard, .limit: "--\(difference)"
    case .origin: "pictures made elsewhere (--results) with pictures made by pbe-eval"
    case .list, .settings: difference.description
    }
  }
}

extension MissingFeatures: WordedWithOptions {
  fileprivate var inOptions: String {
    "\(self) Pass --clip DIR or --inception FILE as the shards were, to encode what is missing."
  }
}

extension MetricInputError: WordedWithOptions {
  fileprivate var inOptions: String {
    let option = input == .mixture ? "--gmm" : "--reference-statistics"
    return "\(option): \(problem)"
  }
}

extension ReferenceStatisticsError: WordedWithOptions {
  fileprivate var inOptions: String {
    "\(self) Make them with: pbe-eval statistics --images DIR --clip DIR --output FILE"
  }
}

extension GaussianMixtureError: WordedWithOptions {
  fileprivate var inOptions: String {
    switch self {
    case .tooFew: "\(self). Give more pictures or fewer --components."
    case .otherFormat(let file):
      "\(file): no Gaussian mixture: expected a file that 'pbe-eval fit-gmm' or 'pbe-convert --gmm' "
        + "wrote"
    default: description
    }
  }
}

extension ComparisonError: WordedWithOptions {
  fileprivate var inOptions: String {
    switch self {
    case .missing(let path):
      "\(path): no such file. Expected the --output folder of a finished pbe-eval run, with "
        + "metrics.json and cases.jsonl."
    case .noInterval: "\(self): give it a --tolerance"
    default: description
    }
  }
}
