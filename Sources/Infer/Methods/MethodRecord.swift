import Support

/// What a method is and was told, for `metrics.json` and for what a PNG says about itself.
public struct MethodRecord: Codable, Sendable, Equatable {
  public let name: String
  /// What is done, as one would cite it beside the name.
  public let procedure: String
  /// What it was told, by name: sampler, steps, scale, prompt, its own options.
  public var settings: [String: JSONValue]
  /// The files and folders that it reads, by what they are to it: `model`, `guide`. Their contents decide
  /// its pictures, where they lie does not.
  public var files: [String: String]

  public init(
    name: String, procedure: String, settings: [String: JSONValue] = [:],
    files: [String: String] = [:]
  ) {
    self.name = name
    self.procedure = procedure
    self.settings = settings
    self.files = files
  }

  enum CodingKeys: String, CodingKey {
    case name = "method"
    case procedure = "method_procedure"
    case settings = "method_settings"
    case files = "method_files"
  }
}

extension JSONValue {
  /// A setting as a table or a PNG's text has it.
  package var plainText: String {
    switch self {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .number(let number): number.shortest
    case .bool(let isSo): isSo ? "yes" : "no"
    default: text
    }
  }
}
