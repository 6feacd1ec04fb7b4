import Support

/// Weights that do not fit a network, all of them at once.
public struct WeightMismatch: Error, Equatable, CustomStringConvertible {
  public struct Misshapen: Equatable, Sendable {
    public let name: String
    public let expected: [Int]
    public let found: [Int]
  }
  public var missing: [String] = []
  public var unexpected: [String] = []
  public var misshapen: [Misshapen] = []

  public init(expected: [(name: String, shape: [Int])], found: [String: [Int]]) {
    var rest = found
    for (name, shape) in expected {
      guard let other = rest.removeValue(forKey: name) else {
        missing.append(name)
        continue
      }
      if other != shape { misshapen.append(Misshapen(name: name, expected: shape, found: other)) }
    }
    unexpected = rest.keys.sorted()
  }

  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// One list for each kind, each of at most 20 names; beside an unexpected name stands the
  /// missing one that it resembles most.
  public var description: String {
    let misshapen = misshapen.map { "\($0.name): expected \($0.expected), found \($0.found)" }
    let unexpected = unexpected.prefix(Self.longestList).map { name in
      name + (nearestPath(to: name, in: missing).map { " (did you mean \($0)?)" } ?? "")
    }
    return [
      ("missing", missing.count, missing),
      ("unexpected", self.unexpected.count, unexpected),
      ("of another shape", misshapen.count, misshapen),
    ].map(Self.list).joined()
  }

  static let longestList = 20

  private static func list(_ kind: String, _ count: Int, _ lines: [String]) -> String {
    guard count > 0 else { return "" }
    let shown = lines.prefix(longestList)
    return "\(count) \(kind):\n" + shown.map { "  \($0)\n" }.joined()
      + (count > shown.count ? "  … and \(count - shown.count) more\n" : "")
  }
}
