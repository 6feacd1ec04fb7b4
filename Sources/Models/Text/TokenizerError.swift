/// What can be wrong with a tokenizer's files.
public enum TokenizerError: Error, Equatable, CustomStringConvertible {
  case notATokenizer(_ path: String)
  case unreadable(_ file: String, line: Int?, reason: String)
  /// What makes a setting unusable, one sentence each.
  case unsupported(_ file: String, _ problems: [String])

  public var description: String {
    switch self {
    case .notATokenizer(let path):
      "\(path): holds no tokenizer of CLIP: expected vocab.json and merges.txt, tokenizer.json, or "
        + "bpe_simple_vocab_16e6.txt.gz"
    case .unreadable(let file, let line, let reason):
      "\(file): \(line.map { "line \($0): " } ?? "")\(reason); copy or download it again"
    case .unsupported(let file, let problems):
      (["\(file) describes a tokenizer that cannot be built here:"] + problems.map { "  \($0)" })
        .joined(separator: "\n")
    }
  }
}
