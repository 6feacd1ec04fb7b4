import Support

/// Why two runs cannot be compared, or what got worse.
public enum ComparisonError: Error, Equatable, Sendable {
  case missing(path: String)
  case corrupt(file: String, line: Int?, reason: String)
  case incomplete(file: String, expected: Int, found: Int)
  case noSharedCases(a: String, b: String)
  case otherBench(identifiers: [String], a: String, b: String)
  case notCompared([String])
  /// A distance without an interval, where nothing says by how much it may get worse.
  case noInterval(figure: String)
  case gotWorse([String])
}

extension ComparisonError: SettingMessage {
  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .missing(let path):
      "\(path): no such file. Expected the \(name("output")) folder of a finished pbe-eval run, with "
        + "metrics.json and cases.jsonl."
    case .corrupt(let file, let line, let reason):
      "\(file)\(line.map { ", line \($0)" } ?? ""): \(reason). Expected what this version of "
        + "pbe-eval writes: run the evaluation again (finished pictures are kept)."
    case .incomplete(let file, let expected, let found):
      "\(file): has \(found) cases where metrics.json counts \(expected). The two are not of one run "
        + "or the file was cut short: run the evaluation again (finished pictures are kept)."
    case .noSharedCases(let a, let b):
      "\(a) and \(b) have no case in common: they were scored on different benches or parts of one."
    case .otherBench(let identifiers, let a, let b):
      "\(a) and \(b) were scored on different benches: \(identifiers.count) of the cases in both "
        + "rest on other pictures, such as \(identifiers.prefix(3).joined(separator: ", ")). "
        + "Evaluate both on the same bench."
    case .notCompared(let reasons):
      "chosen metrics that cannot be compared: " + reasons.joined(separator: "; ")
    case .noInterval(let figure):
      "chosen metrics that cannot be compared: \(figure) has no interval: give it a "
        + name("tolerance")
    case .gotWorse(let failures):
      "worse in B: " + failures.joined(separator: "; ")
    }
  }
}
