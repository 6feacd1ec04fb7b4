import PaintByExample

extension Refusal {
  /// What is answered: IOPaint's clients show other members than ours do.
  ///
  /// - Parameter path: what was asked for.
  func json(for path: String) -> JSONValue {
    guard path.hasPrefix(IOPaintRoutes.root) else { return .object(["error": .string(message)]) }
    return .object([
      "error": .string("HTTPException"), "detail": .string(message), "body": .string(""),
      "errors": .string(message),
    ])
  }
}
