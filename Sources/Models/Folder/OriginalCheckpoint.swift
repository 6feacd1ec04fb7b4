import Foundation
import Support
import Tensors

/// A whole model in one file under the original code's names: `model.ckpt` of Paint by Example or
/// Stable Diffusion, or the same in safetensors.
package struct OriginalCheckpoint: Sendable {
  let file: any TensorFile
  /// Names of weights by component.
  private let names: [ComponentName: [String]]
  private let averages: [String]
  package let skipped: [SkippedWeights: Int]
  /// Names that are neither a component's nor among ``SkippedWeights``.
  let strangers: [String]

  /// - Throws: ``ModelFolderError/notOriginal(_:)`` when nothing is named as in such files; what is
  ///   wrong with the file.
  init(_ path: String) throws {
    file = try openTensors(path)
    var names: [ComponentName: [String]] = [:]
    var (averages, strangers): ([String], [String]) = ([], [])
    var skipped: [SkippedWeights: Int] = [:]
    let imageEncoder = "cond_stage_model.transformer.vision_model."
    let hasImageEncoder = file.names.contains { $0.hasPrefix(imageEncoder) }
    for name in file.names {
      if let kind = SkippedWeights.inOriginal(name, hasImageEncoder: hasImageEncoder) {
        skipped[kind, default: 0] += 1
      } else if let component = Self.component(of: name) {
        names[component, default: []].append(name)
      } else if name.hasPrefix("model_ema.") {
        averages.append(name)
      } else {
        strangers.append(name)
      }
    }
    (self.names, self.averages, self.strangers) = (names, averages, strangers)
    self.skipped = skipped
    guard !names.isEmpty else { throw ModelFolderError.notOriginal(path) }
  }

  /// Whose a name is: of all prefixes that it has, the longest decides.
  private static func component(of name: String) -> ComponentName? {
    func claim<Network: ModelComponent>(_ network: Network.Type) -> Int {
      Network.Configuration.originalPrefixes.filter { name.hasPrefix($0) }.map(\.count).max() ?? 0
    }
    let owner = ModelFolder.components.max { claim($0) < claim($1) }
    return owner.flatMap { claim($0) > 0 ? $0.name : nil }
  }

  func has(_ component: ComponentName) -> Bool { names[component] != nil }

  /// A component's weights; averaged ones are kept for the UNet alone.
  func weights(
    of component: ComponentName, _ choice: WeightChoice
  ) throws -> FoundWeights {
    let isAveraged = component == .unet && choice == .averaged && !averages.isEmpty
    let map = NameMap(try originalNames(of: component))
    return FoundWeights(
      component, file, maps: [isAveraged ? map.averaged : map],
      names: isAveraged ? averages : names[component] ?? [])
  }

  /// What is passed over when the whole model is read.
  func skipped(_ choice: WeightChoice) -> [SkippedWeights: Int] {
    guard !averages.isEmpty else { return skipped }
    var all = skipped
    if choice == .averaged {
      all[.rawCopies] = names[.unet]?.count ?? 0
    } else {
      all[.averages] = averages.count
    }
    return all
  }

  private func originalNames(of component: ComponentName) throws -> [ModuleName] {
    func names<Network: ModelComponent>(_ network: Network.Type) throws -> [ModuleName] {
      try configuration(of: network).originalNames
    }
    return try ModelFolder.components.first { $0.name == component }.map { try names($0) } ?? []
  }
}

/// Sizes: those that our own files state, else those that the shapes tell.
extension OriginalCheckpoint {
  package static let schedulerKey = "scheduler"

  func configuration<Network: ModelComponent>(
    of network: Network.Type
  ) throws(ModelConfigurationError) -> Network.Configuration {
    if let stated = stated(Network.name.rawValue) {
      return try Network.Configuration(stated, file: file.path)
    }
    let sizes = Network.Configuration.inferred(from: InferredSizes(file))
    try check(sizes.problems)
    return sizes
  }

  /// As stated, else the schedule of Stable Diffusion, which all such files were trained with.
  func scheduler() throws(ModelConfigurationError) -> SchedulerConfiguration {
    guard let stated = stated(Self.schedulerKey) else { return SchedulerConfiguration() }
    return try SchedulerConfiguration(stated, file: file.path)
  }

  private func stated(_ key: String) -> [String: JSONValue]? {
    guard let text = (file as? Safetensors)?.metadata[key],
      case .object(let members)? = try? JSONValue(parsing: Data(text.utf8))
    else { return nil }
    return members
  }

  private func check(_ problems: [String]) throws(ModelConfigurationError) {
    if !problems.isEmpty { throw .invalid(file: file.path, problems: problems) }
  }
}
