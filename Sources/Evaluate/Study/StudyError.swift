import Support

/// Why a study cannot be made or analysed.
public enum StudyError: Error, Equatable, Sendable {
  case tooFewRuns(found: Int)
  case tooManyRuns(found: Int)
  case sameNames(name: String, first: String, second: String)
  case reservedName(String)
  case nameCount(names: Int, runs: Int)
  case noRun(folder: String)
  case noBench(run: String, bench: String?)
  case noResults(run: String, tried: [String])
  case otherBench(identifier: String, a: String, b: String)
  case tooFewCases(wanted: Int, shared: Int, of: [String])
  case missingResult(identifier: String, run: String, file: String)
  case unreadableCase(identifier: String, reason: String)
  case otherSize(identifier: String, sizes: [String])
  case otherStudy(file: String)
  case noKey
  case otherMethods(a: String, b: String, onlyInA: [String], onlyInB: [String])
  case contradictingAnswers(rater: String, question: String, group: String, a: String, b: String)
  case nothingToAnalyse(files: Int, reasons: [String])
}

extension StudyError: SettingMessage {
  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .tooFewRuns, .tooManyRuns, .sameNames, .reservedName, .nameCount, .noRun, .noBench,
      .noResults:
      textOfRuns(name)
    case .otherBench, .tooFewCases, .missingResult, .unreadableCase, .otherSize, .otherStudy:
      textOfCases(name)
    case .noKey, .otherMethods, .contradictingAnswers, .nothingToAnalyse:
      textOfAnswers(name)
    }
  }

  public var isUsage: Bool {
    switch self {
    case .tooFewRuns, .tooManyRuns, .sameNames, .reservedName, .nameCount, .noKey: true
    default: false
    }
  }

  private func textOfRuns(_ name: (String) -> String) -> String {
    switch self {
    case .tooFewRuns(let found):
      "a study compares at least two runs, found \(found)"
    case .tooManyRuns(let found):
      "a study compares at most 9 runs, which number keys can rank, found \(found)"
    case .sameNames(let method, let first, let second):
      "both \(first) and \(second) are called '\(method)'. Give each run a name of its own with "
        + "\(name("names"))."
    case .reservedName(let method):
      "'\(method)' cannot name a method: give 1 to 80 characters, without a comma"
    case .nameCount(let names, let runs):
      "\(name("names")) has \(names) names for \(runs) runs: give one for each, in their order"
    case .noRun(let folder):
      "\(folder): holds no finished run of pbe-eval (metrics.json, cases.jsonl). A folder of pictures "
        + "made elsewhere, named NNNNNNNNNNNN.png, needs \(name("bench")) beside it."
    case .noBench(let run, let bench):
      (bench.map { "\(run): its bench \($0) is not there" }
        ?? "\(run): doesn't say which its bench was")
        + ". Give it with \(name("bench"))."
    case .noResults(let run, let tried):
      "\(run): its pictures are not there; looked in \(tried.joined(separator: " and "))"
    default: ""
    }
  }

  private func textOfCases(_ name: (String) -> String) -> String {
    switch self {
    case .otherBench(let identifier, let a, let b):
      "case \(identifier) rests on other pictures in \(b) than in \(a). All runs of a study must be of "
        + "the same bench: evaluate them on it again."
    case .tooFewCases(let wanted, let shared, let runs):
      "only \(shared) cases are in all runs (\(runs.joined(separator: ", "))), \(wanted) are wanted. "
        + "Ask for fewer with \(name("groups")), or evaluate the runs on more cases."
    case .missingResult(let identifier, let run, let file):
      "case \(identifier) of \(run) has lost its picture \(file): evaluate that run again (finished "
        + "pictures are kept)"
    case .unreadableCase(let identifier, let reason):
      "case \(identifier) cannot be shown: \(reason)"
    case .otherSize(let identifier, let sizes):
      "the results of case \(identifier) have different sizes (\(sizes.joined(separator: ", "))), "
        + "which would tell methods apart. Make all results of one size."
    case .otherStudy(let file):
      "\(file): is the key to another study, whose answers could no longer be read without it. Choose "
        + "another \(name("output")), or remove that file."
    default: ""
    }
  }

  private func textOfAnswers(_ name: (String) -> String) -> String {
    switch self {
    case .noKey:
      "answers of a study's page name no methods: give the study.json that was made with the page as "
        + name("study")
    case .otherMethods(let a, let b, let onlyInA, let onlyInB):
      "\(a) and \(b) rank other methods: "
        + [(a, onlyInA), (b, onlyInB)].filter { !$0.1.isEmpty }
        .map { "only \($0) has \($1.joined(separator: ", "))" }.joined(separator: "; ")
        + ". Analyse each study on its own."
    case .contradictingAnswers(let rater, let question, let group, let a, let b):
      "rater \(rater) ranked group \(group) (\(question)) in two ways, in \(a) and in \(b). If these are "
        + "two people, give one of them another code in the file; otherwise leave the older file out."
    case .nothingToAnalyse(let files, let reasons):
      "no complete ranking in \(files) file\(files == 1 ? "" : "s")"
        + (reasons.isEmpty ? "" : ": " + reasons.prefix(5).joined(separator: "; "))
    default: ""
    }
  }
}
