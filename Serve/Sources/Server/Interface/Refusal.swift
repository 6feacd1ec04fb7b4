import HTTPTypes
import PaintByExample

/// Why a request gets nothing but a status and a sentence.
public struct Refusal: Error, Sendable {
  public let status: HTTPResponse.Status
  /// What was found, what was expected, what to do next; shown to people and logged.
  public let message: String
  public var fields: HTTPFields

  public init(_ status: HTTPResponse.Status, _ message: String, _ fields: HTTPFields = [:]) {
    (self.status, self.message, self.fields) = (status, message, fields)
  }

  static func invalid(_ message: String) -> Refusal { Refusal(.unprocessableContent, message) }
}

extension Refusal {
  /// What an error of the library means to whoever asked.
  init(_ error: any Error) {
    switch error {
    case let refusal as Refusal: self = refusal
    case let problem as JSONProblem: self.init(.badRequest, "the body is \(problem)")
    case ImageError.tooLarge: self.init(.contentTooLarge, errorText(error))
    case is EditError, is ImageError: self = .invalid(errorText(error))
    default: self.init(.internalServerError, errorText(error))
    }
  }
}

/// An error in the words of the interface: settings have the names that they have in a request.
func errorText(_ error: any Error) -> String {
  switch error {
  case EditError.maskSize(_, let found, let expected):
    "the mask is \(found) pixels, the source (as displayed, after EXIF rotation) is \(expected); "
      + "scale the mask to that size"
  case let refusal as Refusal: refusal.message
  case let message as any SettingMessage: message.text(naming: settingName)
  default: "\(error)"
  }
}

/// A setting's name in a request: `match-seam` is `matchSeam` there.
func settingName(_ name: String) -> String {
  if name == "invert-mask" { return "invert" }
  let words = name.split(separator: "-")
  return words.dropFirst().reduce(words.first.map(String.init) ?? "") { $0 + $1.capitalized }
}
