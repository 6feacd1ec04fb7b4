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

  /// One list for each kind, each of at most ``longestList`` names; beside an unexpected name stands
  /// the missing one that it resembles most.
  public var description: String {
    let misshapen = misshapen.map { "\($0.name): expected \($0.expected), found \($0.found)" }
    let unexpected = unexpected.prefix(Self.longestList).map { name in
      name + (Self.nearest(to: name, in: missing).map { " (did you mean \($0)?)" } ?? "")
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

  /// The candidate that begins and ends like `name` in the most letters; nil when that is less than
  /// half of the longer one.
  ///
  /// Names are paths: what was renamed is usually one step of it, or one put before them all.
  static func nearest(to name: String, in candidates: [String]) -> String? {
    let letters = Array(name.utf8)
    var best: (score: Double, name: String)?
    for candidate in candidates {
      let other = Array(candidate.utf8)
      let shorter = min(letters.count, other.count)
      let start = zip(letters, other).prefix { $0 == $1 }.count
      let end = zip(letters.reversed(), other.reversed()).prefix { $0 == $1 }.count
      let score = Double(min(start + end, shorter)) / Double(max(letters.count, other.count, 1))
      if score >= 0.5, score > best?.score ?? 0 { best = (score, candidate) }
    }
    return best?.name
  }
}
