import Autograd
import Foundation
import Support
import Tensors

/// A harmoniser on disk: a state dict of DCCF, whose names and shapes tell its sizes, or the folder
/// `harmoniser/` of a training run or a checkpoint.
extension Harmoniser {
  /// - Parameters:
  ///   - path: a file of weights, a run, one of its checkpoints or a checkpoint's `harmoniser/`.
  ///   - choice: which of a training's weights.
  /// - Throws: ``EvaluatorError``, `ModelConfigurationError`, or what is wrong with the file.
  public static func load(
    from path: String, _ choice: WeightChoice = .averaged
  ) throws -> Component<Harmoniser> {
    let place = try place(of: path, choice)
    guard FileSystem.isFolder(place) else {
      let file = try openTensors(place)
      guard let sizes = HarmoniserSizes(file.layouts) else {
        throw EvaluatorError.notHarmoniser(path)
      }
      return try load(file, sizes.configuration)
    }
    let configuration = try HarmoniserConfiguration(
      contentsOf: URL(fileURLWithPath: "\(place)/config.json"))
    return try load(openTensors(WeightFiles.path(in: place, .harmoniser)), configuration)
  }

  /// The file or the component's folder that ``load(from:_:)`` reads.
  ///
  /// - Throws: ``EvaluatorError/notHarmoniser(_:)``; when there is nothing.
  package static func place(of path: String, _ choice: WeightChoice = .averaged) throws -> String {
    guard FileSystem.exists(path) else { throw FileError.missing(path: path) }
    guard FileSystem.isFolder(path) else { return path }
    guard let folder = try folder(in: path) else { throw EvaluatorError.notHarmoniser(path) }
    let averaged = folder + "_ema"
    let isAveraged = choice == .averaged && FileSystem.exists("\(averaged)/config.json")
    return isAveraged ? averaged : folder
  }

  /// The folder of the raw weights: in a run the newest checkpoint's, in a checkpoint its component, or
  /// the folder itself.
  private static func folder(in path: String) throws -> String? {
    let places = try [path] + RunCheckpoints("\(path)/checkpoints").candidates()
    let folders = places.map { "\($0)/\(ComponentName.harmoniser.rawValue)" } + [path]
    return folders.first { FileSystem.exists("\($0)/config.json") }
  }

  private static func load(
    _ file: any TensorFile, _ configuration: HarmoniserConfiguration
  ) throws -> Component<Harmoniser> {
    let component = Component<Harmoniser> { Harmoniser($0, configuration) }
    let weights = EvaluatorWeights(
      file, of: "a DCCF harmoniser of these sizes (\(configuration.sizes))",
      isSkipped: Self.isSkipped)
    let parameters = component.parameters.parameters
    try component.parameters.load(weights.checked(for: parameters))
    return component
  }

  /// Batches that a norm has counted, and a head of iSSAM's that DCCF leaves unused.
  private static func isSkipped(_ name: String) -> Bool {
    name.hasSuffix(".num_batches_tracked") || name == "decoder.to_rgb.weight"
      || name == "decoder.to_rgb.bias"
  }
}

extension ComponentName {
  /// A network of its own, no part of a pipeline.
  public static let harmoniser = ComponentName("harmoniser", noun: "harmoniser")
}

extension HarmoniserConfiguration {
  fileprivate var sizes: String {
    "\(backbone == .issam ? "iSSAM" : "iDIH"), \(depth) blocks, \(channels) channels, "
      + "a curve of \(curvePoints) segments"
  }
}

/// What a state dict's names and shapes tell of a harmoniser's sizes.
///
/// The picture's size they do not tell: the published networks see 256 × 256.
private struct HarmoniserSizes {
  let configuration: HarmoniserConfiguration

  /// Nil for what is no harmoniser.
  init?(_ layouts: [String: TensorLayout]) {
    func shape(_ name: String) -> [Int]? {
      guard let shape = layouts[name]?.shape, shape.allSatisfy({ $0 > 0 }) else { return nil }
      return shape
    }
    func place(_ block: Int) -> String {
      block < 2 ? "encoder.block\(block)" : "encoder.blocks_connected.block\(block)"
    }
    let isUNet = shape("encoder.block0.convs.block.0.block.0.weight") != nil
    let first = isUNet ? "convs.block.0.block." : "block."
    guard let start = shape("\(place(0)).\(first)0.weight"), start.count == 4,
      let filters = shape("get_filters.weight")?.first, filters > 14
    else { return nil }
    let blocks = (0..<12).prefix { shape("\(place($0)).\(first)0.weight") != nil }
    let attended = blocks.first { shape(Self.attention($0)) != nil }
    var sizes = HarmoniserConfiguration(isUNet ? .issam : .idih)
    sizes.depth = blocks.count
    sizes.channels = start[0]
    // The limit tells itself only where it was reached.
    let widest = blocks.compactMap { shape("\(place($0)).\(first)0.weight")?.first }.max()
    if let widest, sizes.widest != widest { sizes.maximumChannels = widest }
    sizes.normFrom = blocks.first { shape("\(place($0)).\(first)1.weight") != nil } ?? -1
    sizes.attendFrom = attended ?? -1
    if let attended, let inner = shape(Self.attention(attended)), inner.count == 4 {
      sizes.attentionWidth = Double(inner[0]) / Double(inner[1])
    }
    sizes.curvePoints = min(filters - 14, HarmoniserConfiguration.mostCurvePoints)
    guard sizes.problems.isEmpty else { return nil }
    configuration = sizes
  }

  private static func attention(_ block: Int) -> String {
    "decoder.up_blocks.\(block).attention.learning_block.0.block.0.weight"
  }
}
