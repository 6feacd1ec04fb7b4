import Autograd
import Tensors

/// The weights of one component in a file, under whatever names they are there.
package struct FoundWeights: Sendable {
  package let component: ComponentName
  package let file: any TensorFile
  /// Which of the file's names are this component's, each of which must be used.
  let names: [String]
  /// How the file may name them; the map that finds most of the weights is taken.
  let maps: [NameMap]
  package let skipped: [SkippedWeights: Int]

  /// Puts together what belongs together.
  ///
  /// - Parameter skip: what a name means that is to be passed over.
  init(
    _ component: ComponentName, _ file: any TensorFile, maps: [NameMap], names: [String]? = nil,
    skip: (String) -> SkippedWeights? = { _ in nil }
  ) {
    var skipped: [SkippedWeights: Int] = [:]
    self.names = (names ?? file.names).filter { name in
      guard let kind = skip(name) else { return true }
      skipped[kind, default: 0] += 1
      return false
    }
    (self.component, self.file, self.maps, self.skipped) = (component, file, maps, skipped)
  }

  /// The weights as those parameters need them, and what doesn't fit.
  package func fitted(to parameters: [Parameter]) -> FittedWeights {
    let weights = parameters.map { (name: $0.name, shape: $0.shape) }
    let ours = weights.map(\.name)
    let map =
      maps.max { $0.matches(ours, in: file) < $1.matches(ours, in: file) } ?? .ours
    let layouts = file.layouts
    var found: [String: [Int]] = [:]
    for name in names { found[name] = layouts[name]?.shape }
    var expected: [(name: String, shape: [Int])] = []
    for (name, shape) in weights {
      let place = map.place(of: name)
      if let part = place.part, part.index > 0 { continue }  // the first part stands for the stack
      let shape = place.shape(for: shape)
      if let other = found[place.name], RenamedTensors.means(other, shape) {
        found[place.name] = shape
      }
      expected.append((place.name, shape))
    }
    return FittedWeights(
      found: self, view: RenamedTensors(file, map, weights: weights),
      mismatch: WeightMismatch(expected: expected, found: found))
  }
}

/// A component's weights under our names, compared with what its network needs.
package struct FittedWeights: Sendable {
  package let found: FoundWeights
  package let view: RenamedTensors
  let mismatch: WeightMismatch

  var misfit: MisfitWeights? {
    mismatch.isEmpty
      ? nil
      : MisfitWeights(
        file: found.file.path, component: found.component.rawValue, mismatch: mismatch)
  }
}

/// Weights of a file that do not fit.
public struct MisfitWeights: Sendable, CustomStringConvertible {
  let file: String
  /// Nil for what belongs to no component.
  let component: String?
  public let mismatch: WeightMismatch

  public init(file: String, component: String?, mismatch: WeightMismatch) {
    (self.file, self.component, self.mismatch) = (file, component, mismatch)
  }

  public var description: String {
    let what =
      component.map { "the weights of \($0) do not fit its configuration" }
      ?? "holds weights of no component"
    return "\(file): \(what)\n\(mismatch)"
  }
}
