import Support

/// Where adapters lie that a model is to be merged with, and how much of them.
public struct AdapterSource: Equatable, Sendable, CustomStringConvertible {
  /// A file, a folder that holds one, or a run that trained adapters.
  public let path: String
  /// Multiplies the change; 1 is the adapters as they are.
  public let weight: Float

  public init(path: String, weight: Float = 1) {
    (self.path, self.weight) = (path, weight)
  }

  /// Reads `FILE` or `FILE:WEIGHT`. What follows the last colon and is no number belongs to the path.
  ///
  /// Nil where there is no path, or the weight is not finite.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"),
      let weight = Float(text[text.index(after: colon)...])
    else {
      guard !text.isEmpty else { return nil }
      self.init(path: text)
      return
    }
    guard colon != text.startIndex, weight.isFinite else { return nil }
    self.init(path: String(text[..<colon]), weight: weight)
  }

  public var description: String { weight == 1 ? path : "\(path):\(weight.shortest)" }
}

extension [AdapterSource] {
  /// For what is written about results; nothing where there are none.
  package var described: [(key: String, value: String)] {
    isEmpty ? [] : [("lora", map(\.description.readablePath).joined(separator: ", "))]
  }
}
