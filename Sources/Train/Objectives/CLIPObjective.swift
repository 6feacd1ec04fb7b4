import Autograd
import Datasets
import Foundation
import Models
import Pictures
import Support
import Tensors

extension ObjectiveDefinition {
  static let clip = ObjectiveDefinition(
    name: "clip",
    summary: "a CLIP: objects and their captions brought together by contrast (a judge, a guide)",
    missing: { configuration in
      configuration.clip.tokenizer == nil
        ? [
          "`model.params.text_stage_config.params.tokenizer` is missing: set it to a folder with "
            + "vocab.json and merges.txt, as `pbe-data vocabulary` makes one"
        ] : []
    },
    make: { setup in try CLIPObjective(setup) })
}

/// Two towers that agree on pictures and texts: of a batch's objects and captions each finds its own.
///
/// Captions of scenes repeat, within a batch too. Those that are equal are positives of each other: an
/// object is asked for an even share of all of them (``Variable/contrast(_:logScale:groups:)``).
///
/// - Source: Radford et al., arXiv:2103.00020, section 2.
final class CLIPObjective: Objective {
  typealias Producer = CaptionedProducer

  let source: BatchSource<CaptionedProducer>
  private let clip: Component<CLIPModel>
  private let tokenizer: Tokenizer
  private let cases: [CaptionedBatch]

  fileprivate init(_ setup: ObjectiveSetup) throws {
    let configuration = setup.configuration
    let tokenizer = try setup.networks { try $0.clipTokenizer() }
    clip = try setup.networks { try $0.clip(tokenizer) }
    self.tokenizer = tokenizer
    func producer(
      _ set: DatasetConfiguration, _ choice: CaptionedProducer.Choice
    ) throws -> CaptionedProducer {
      try CaptionedProducer(set.triplets, .exemplar, choice, length: tokenizer.length) {
        tokenizer($0)
      }
    }
    source = try setup.data.batches(producer(configuration.data.train, .any))
    cases = try setup.data.validationBatches(producer(configuration.data.validation, .fullest))
  }

  var trained: [TrainedComponent] { [TrainedComponent(name: .clip, store: clip.parameters)] }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] { [] }

  func loss(_ batch: CaptionedBatch, draw: Int) -> Variable {
    let network = clip.network
    return network.pictures(Variable(batch.picture)).contrast(
      network.texts(batch.tokens), logScale: network.boundedLogScale,
      groups: Self.groups(batch.tokens))
  }

  /// Equal captions have equal numbers.
  private static func groups(_ captions: [[Int]]) -> [Int] {
    var numbers: [[Int]: Int] = [:]
    return captions.map { caption in
      let number = numbers[caption] ?? numbers.count
      numbers[caption] = number
      return number
    }
  }

  /// How often the nearest caption of a held-out picture is its own, and the nearest picture of a caption
  /// one of its own; what guessing would give; and the temperature. Equal captions count as one.
  func validate(_ isStopping: () -> Bool) -> [(name: String, value: Double)] {
    guard !cases.isEmpty else { return [] }
    let found = retrieval()
    return [
      ("validation_text_of_picture", found.texts), ("validation_picture_of_text", found.pictures),
      ("validation_chance", found.chance),
      ("temperature", exp(-Double(clip.network.boundedLogScale.value.scalar))),
    ]
  }

  private func retrieval() -> (texts: Double, pictures: Double, chance: Double) {
    let captions = cases.flatMap(\.tokens)
    let groups = Self.groups(captions)
    let count = captions.count
    let cosines = cosines()
    func share(_ best: (Int) -> Int?) -> Double {
      let right = groups.indices.count { i in best(i).map { groups[$0] == groups[i] } ?? false }
      return Double(right) / Double(count)
    }
    let indices = groups.indices
    let texts = share { i in indices.max { cosines[i * count + $0] < cosines[i * count + $1] } }
    let pictures = share { i in indices.max { cosines[$0 * count + i] < cosines[$1 * count + i] } }
    let sizes = Dictionary(groups.map { ($0, 1) }, uniquingKeysWith: +)
    let chance = groups.map { Double(sizes[$0] ?? 1) / Double(count) }.reduce(0, +) / Double(count)
    return (texts, pictures, chance)
  }

  /// Of every validation picture with every caption, a row a picture.
  private func cosines() -> [Float] {
    withoutGradients {
      let pictures = cases.map { clip.network.pictures(Variable($0.picture)).value }
      let texts = cases.map { clip.network.texts($0.tokens).value }
      let sides = [pictures, texts].map { Tensor.concatenated($0, axis: 0).rowsOfLengthOne }
      return sides[0].matrixProduct(sides[1], transposeOther: true).values
    }
  }

  /// No pictures: what this learns is in the log.
  func samples(_ isStopping: () -> Bool) -> Image? { nil }

  /// The tokenizer belongs to the network: it lies in its folder, as transformers' CLIP has it.
  func writeFrame(to folder: String) throws {
    try tokenizer.write(to: "\(folder)/\(ComponentName.clip.rawValue)")
  }

  func configuration(_ component: ComponentName) -> [String: JSONValue] { clip.network.json }
}

extension Tensor {
  /// Each row divided by its length.
  ///
  /// - Shape: `[N, D]` → same.
  fileprivate var rowsOfLengthOne: Tensor {
    let (columns, values) = (shape[1], self.values)
    let lengths = (0..<shape[0]).map { row in
      values[row * columns..<(row + 1) * columns].reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    }
    return Tensor(shape, values.indices.map { values[$0] / max(lengths[$0 / columns], 1e-12) })
  }
}
