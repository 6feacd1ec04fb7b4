import Support

/// A text with places for what differs from case to case: `{class}` and `{caption}`.
public struct PromptTemplate: Sendable, Equatable {
  /// What a place is filled with.
  public enum Field: String, CaseIterable, Sendable {
    case subject = "class"
    case caption
  }

  private enum Part: Sendable, Equatable {
    case text(String)
    case field(Field)
  }

  /// As it was written.
  public let source: String
  private let parts: [Part]

  /// - Throws: ``PromptTemplateError/unknownField(_:in:)``.
  public init(_ source: String) throws {
    self.source = source
    var (parts, rest) = ([Part](), Substring(source))
    while let match = rest.firstMatch(of: /\{([A-Za-z_]+)\}/) {
      guard let field = Field(rawValue: String(match.output.1)) else {
        throw PromptTemplateError.unknownField(String(match.output.1), in: source)
      }
      parts += [.text(String(rest[..<match.range.lowerBound])), .field(field)]
      rest = rest[match.range.upperBound...]
    }
    self.parts = parts + [.text(String(rest))]
  }

  /// What it has places for.
  public var fields: Set<Field> {
    Set(parts.compactMap { if case .field(let field) = $0 { field } else { nil } })
  }

  /// The text with its places filled.
  ///
  /// - Throws: ``PromptTemplateError/missing(_:in:)``.
  public func text(subject: String?, caption: String?) throws -> String {
    try parts.map { part in
      switch part {
      case .text(let text): return text
      case .field(let field):
        guard let value = field == .subject ? subject : caption else {
          throw PromptTemplateError.missing(field, in: source)
        }
        return value
      }
    }.joined()
  }
}

/// What is wrong with a ``PromptTemplate``.
public enum PromptTemplateError: Error, Equatable, SettingMessage {
  case unknownField(_ name: String, in: String)
  case missing(_ field: PromptTemplate.Field, in: String)

  public var isUsage: Bool { if case .unknownField = self { true } else { false } }

  public func text(naming name: (String) -> String) -> String {
    let known = PromptTemplate.Field.allCases.map { "{\($0.rawValue)}" }.joined(separator: " and ")
    return switch self {
    case .unknownField(let field, let template):
      "\(name("prompt")) \"\(template)\" has a place for {\(field)}"
        + didYouMean(field, in: PromptTemplate.Field.allCases.map(\.rawValue))
        + "; there are \(known)"
    case .missing(let field, let template):
      "\(name("prompt")) \"\(template)\" has a place for {\(field.rawValue)}, but nothing says what it is "
        + "here; write it out, or give `\(field.rawValue)` in a manifest's line"
    }
  }
}
