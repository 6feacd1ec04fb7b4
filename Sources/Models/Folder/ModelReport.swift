import Foundation
import Support
import Tensors

/// What a model on disk holds, by component: what `pbe-convert --verify` prints.
public struct ModelReport: Sendable {
  public struct Part: Sendable {
    public let component: ComponentName
    public let file: String
    public let tensors: Int
    public let parameters: Int
    /// How the weights are stored: `F32`, or several types.
    public let types: [Safetensors.ElementType]
    /// Of names, types, shapes and elements: equal for equal weights, whatever file holds them.
    public let sha256: String
    /// Weights that are zero throughout, biases apart.
    public let zero: [String]
    /// Our names of weights that are 1×1 convolutions in the file and linear layers here, or the
    /// reverse.
    public let reshaped: [String]
  }

  public let parts: [Part]
  public let skipped: SkippedParts
}

/// What was passed over on purpose.
public struct SkippedParts: Sendable, CustomStringConvertible {
  public let weights: [SkippedWeights: Int]
  /// Folders of the model, and what a Lightning checkpoint holds beside its weights.
  public let other: [String]

  public var isEmpty: Bool { weights.isEmpty && other.isEmpty }

  /// `"3 tensors (1 position_ids, 2 text tower), safety_checker/"`.
  public var description: String {
    let kinds = SkippedWeights.allCases.compactMap { kind in
      weights[kind].map { "\($0) \(kind.rawValue)" }
    }
    let count = weights.values.reduce(0, +)
    let tensors = count == 0 ? [] : ["\(count) tensors (\(kinds.joined(separator: ", ")))"]
    let shown = other.prefix(8) + (other.count > 8 ? ["\(other.count - 8) more"] : [])
    return (tensors + shown).joined(separator: ", ")
  }
}

extension ModelFolder {
  /// Reads the whole model, checks it as for sampling, and digests it.
  ///
  /// - Throws: as ``model(_:)``.
  public func report(_ choice: WeightChoice = .averaged) throws -> ModelReport {
    let weights = try inspectedModel(choice).weights
    return ModelReport(
      parts: try weights.map { try Self.part($0) }, skipped: skipped(weights, choice))
  }

  /// What reading the model passes over.
  func skipped(_ weights: [InspectedWeights], _ choice: WeightChoice) -> SkippedParts {
    var counts = checkpoint?.skipped(choice) ?? [:]
    for part in weights { counts.merge(part.fitted.found.skipped, uniquingKeysWith: +) }
    let isTextual = weights.contains { $0.component == .textEncoder }
    let others = isTextual ? [] : [ComponentName.textEncoder.rawValue, Self.tokenizerFolder]
    let folders = (["safety_checker"] + others)
      .filter { checkpoint == nil && FileSystem.exists("\(path)/\($0)") }
    let files = checkpoint.map { [$0.file] } ?? weights.map(\.fitted.found.file)
    let beside = files.flatMap { ($0 as? TorchFile)?.ignored ?? [] }
    return SkippedParts(weights: counts, other: folders.map { "\($0)/" } + beside)
  }

  private static func part(_ weights: InspectedWeights) throws -> ModelReport.Part {
    let view = weights.fitted.view
    let layouts = view.layouts
    let types = Set(layouts.values.map(\.type))
    return ModelReport.Part(
      component: weights.component, file: view.path, tensors: layouts.count,
      parameters: layouts.values.reduce(0) { $0 + $1.shape.reduce(1, *) },
      types: Safetensors.ElementType.allCases.filter(types.contains),
      sha256: try ModelReport.digest(of: view), zero: weights.health.zero, reshaped: view.reshaped)
  }
}

extension ModelReport {
  /// The SHA-256 of a component's content.
  ///
  /// Of every weight, in the order of the names' bytes: the line `NAME TYPE SHAPE` and a line feed, then
  /// its elements as stored, row by row, little-endian. Names and shapes are ours (diffusers', the
  /// tower below `model.vision_model`), types are those of safetensors (`F32`, `F16`, `BF16`), shapes
  /// are written `320x9x3x3`. So the same weights have the same digest in every container, under
  /// every naming; in another precision they have another.
  package static func digest(of weights: any TensorFile) throws -> String {
    var hash = SHA256()
    let layouts = weights.layouts
    for name in layouts.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      guard let layout = layouts[name] else { continue }
      let shape = layout.shape.map(String.init).joined(separator: "x")
      hash.update("\(name) \(layout.type.rawValue) \(shape)\n".utf8)
      try weights.withBytes(of: name) { bytes in
        for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
          hash.update(bytes[start..<min(start + (1 << 20), bytes.count)])
        }
      }
      weights.releasePages(of: name)
    }
    return hash.hexadecimal()
  }
}
