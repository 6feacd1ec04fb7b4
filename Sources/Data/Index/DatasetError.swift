import Support

/// What can be wrong with a dataset: its folders, annotations, manifests and the files made of them.
public enum DatasetError: Error, Equatable, CustomStringConvertible {
  /// There is nothing at this path, or not what is needed.
  case notFound(path: String, expected: String)
  /// There is a file at this path whose name is not that of a manifest.
  case notAManifest(path: String)
  /// A folder lacks the annotations of a split: none of the expected files is there.
  case unknownLayout(folder: String, expected: [String])
  /// Several files or fields could be meant.
  case ambiguous(folder: String, candidates: [String])
  /// The header of a CSV lacks columns.
  case missingColumns(file: String, missing: [String], found: [String])
  /// One line of a file breaks the rules of its format.
  case malformed(file: String, line: Int, problem: String)
  /// A picture's description does not fit the picture.
  case unusable(record: String, problem: String)
  /// A class that the dataset doesn't have.
  case unknownClass(name: String, nearest: String?, file: String)
  /// Classes are asked for by name, but there is no file that says what the names are.
  case noClassNames(name: String, expected: [String])
  /// Nothing is left to work with.
  case empty(path: String, reason: String)

  public var description: String {
    switch self {
    case .notFound(let path, let expected):
      return "\(path): not found; expected \(expected)."
    case .notAManifest(let path):
      return "\(path): is a file, but not a manifest by its name; manifests end in .jsonl, .ndjson "
        + "or .json."
    case .unknownLayout(let folder, let expected):
      return "\(folder): no annotations found; expected one of these in it:\n  "
        + expected.joined(separator: "\n  ")
    case .ambiguous(let folder, let candidates):
      return "\(folder): \(candidates.joined(separator: " or ")) could be meant; say which one."
    case .missingColumns(let file, let missing, let found):
      let names = missing.map { "'\($0)'" + didYouMean($0, in: found) }.joined(separator: ", ")
      return "\(file), line 1: the header lacks \(names); found: \(found.joined(separator: ","))."
    case .malformed(let file, let line, let problem):
      return "\(file), line \(line): \(problem)."
    case .unusable(let record, let problem):
      return "\(record): \(problem)."
    case .unknownClass(let name, let nearest, let file):
      let hint = nearest.map { " (did you mean '\($0)'?)" } ?? ""
      return "unknown class '\(name)'\(hint); the classes are listed in \(file)."
    case .noClassNames(let name, let expected):
      return "class '\(name)': class names can't be looked up, as none of these files is there:\n  "
        + expected.joined(separator: "\n  ")
        + "\nPut one there, or give the class by its identifier (/m/…)."
    case .empty(let path, let reason):
      return "\(path): no picture is left: \(reason)."
    }
  }
}
