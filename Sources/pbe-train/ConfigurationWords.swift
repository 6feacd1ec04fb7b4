import Training

extension ConfigurationAdvice {
  /// What messages end with in a command that has these flags (the last is one of pbe-sample).
  var words: String {
    switch self {
    case .threads: "; --threads says how many"
    case .output: " and --output"
    case .resume: "; use --resume RUN_DIR"
    case .pictureSize: " unless --size says otherwise"
    }
  }
}

extension ConfigurationNote {
  var words: String { "\(self)\(advice?.words ?? "")" }
}
