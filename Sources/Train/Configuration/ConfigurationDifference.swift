/// A key for which two configurations say different things.
public struct ConfigurationDifference: Equatable, Sendable {
  /// With dots between its parts, as in an override.
  public let key: String
  /// What the configuration that was asked says, as one line of YAML; nil where it says nothing.
  public let value: String?
  /// What the other one says.
  public let otherValue: String?
}

extension ConfigurationTree {
  /// The keys for which two configurations say different things, as they are written: `1e-3` is not `0.001`, but
  /// `null` is as good as nothing.
  ///
  /// - Parameter other: what this one is compared with.
  /// - Returns: in this one's order; after them what only the other one says.
  public func differences(from other: ConfigurationTree) -> [ConfigurationDifference] {
    let (leaves, others) = (root.leaves(below: []), other.root.leaves(below: []))
    let values = Dictionary(leaves, uniquingKeysWith: { $1 })
    let otherValues = Dictionary(others, uniquingKeysWith: { $1 })
    let keys = leaves.map(\.key) + others.map(\.key).filter { values[$0] == nil }
    return keys.filter { values[$0] != otherValues[$0] }.map { key in
      ConfigurationDifference(
        key: key, value: values[key]?.line, otherValue: otherValues[key]?.line)
    }
  }
}

extension ConfigurationNode {
  /// Everything but groups of keys, and `null`.
  fileprivate func leaves(below path: [String]) -> [(key: String, value: ConfigurationNode)] {
    switch content {
    case .null: []
    case .mapping(let members): members.flatMap { $0.value.leaves(below: path + [$0.key]) }
    case .literal, .text, .list: [(path.joined(separator: "."), self)]
    }
  }

  /// The value in one line.
  fileprivate var line: String { flow ?? found }
}
