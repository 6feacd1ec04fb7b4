/// What is wrong with a `config.json` of a model folder.
public enum ModelConfigurationError: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  /// Every key whose value cannot be used, one sentence each.
  case invalid(file: String, problems: [String])

  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): \(reason). It should be the config.json of a model in diffusers' layout."
    case .invalid(let file, let problems):
      (["\(file) describes a model that cannot be built here:"] + problems.map { "  \($0)" })
        .joined(separator: "\n")
    }
  }
}
