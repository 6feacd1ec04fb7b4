import ArgumentParser
import Commands
import Evaluation
import Foundation
import Support

/// The encoders that features come from.
struct EncoderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "CLIP ViT-B/32: a transformers folder, or an OpenAI or open_clip state dict.",
      valueName: "dir"))
  var clip: String?

  @Option(
    help: ArgumentHelp(
      "InceptionV3 with the FID's weights: the state dict that pytorch-fid uses.",
      valueName: "file"))
  var inception: String?

  @Option(
    help: "How pictures are resized for InceptionV3: clean (clean-fid) or legacy (pytorch-fid).")
  var inceptionResize = InceptionResize.clean

  func clipEncoder() throws -> CLIPEncoder? { try clip.map { try CLIPEncoder(at: $0) } }

  func inceptionEncoder() throws -> InceptionEncoder? {
    try inception.map { try InceptionEncoder(at: $0, resize: inceptionResize) }
  }
}

struct MetricOptions: ParsableArguments {
  @OptionGroup var encoders: EncoderOptions

  @Option(
    help: ArgumentHelp(
      "Real pictures' statistics, made by 'pbe-eval statistics'.", valueName: "file"))
  var referenceStatistics: String?

  @Option(
    help: ArgumentHelp(
      "The quality score's Gaussian mixture, made by 'pbe-eval fit-gmm' or 'pbe-convert --gmm'.",
      valueName: "file"))
  var gmm: String?

  @Option(
    help: ArgumentHelp(
      "Compute only these: \(MetricList.standard.names.joined(separator: ",")).",
      valueName: "names"),
    transform: MetricOptions.names)
  var metrics: [String]?

  @Option(
    help: ArgumentHelp("Also write the features of every case.", valueName: "file.safetensors"))
  var saveFeatures: String?

  /// Whether what was given suffices for what was asked for.
  func check() throws {
    if saveFeatures != nil, encoders.clip == nil, encoders.inception == nil {
      throw ValidationError("--save-features needs --clip DIR or --inception FILE.")
    }
    var given = GivenInputs(
      statistics: referenceStatistics.map { _ in Set(FeatureSpace.allCases) },
      hasMixture: gmm != nil)
    if encoders.clip != nil { given.encoders.insert(.clip) }
    if encoders.inception != nil { given.encoders.insert(.inception) }
    do {
      _ = try MetricSelection(.standard, chosen: metrics, given: given)
    } catch {
      throw ValidationError(error.onCommandLine)
    }
  }

  /// Reads what was given.
  ///
  /// - Parameters:
  ///   - takesAllFeatures: Also takes features that no metric asked for uses.
  ///   - stored: Gives encoders where none were given.
  func inputs(
    takesAllFeatures: Bool = false,
    stored: (FeatureSpace) throws -> (any RegionEncoder)? = { _ in nil }
  ) throws -> MetricInputs {
    try MetricInputs(
      clip: encoders.clipEncoder() as (any RegionEncoder)? ?? stored(.clip),
      inception: encoders.inceptionEncoder() as (any FeatureEncoder)? ?? stored(.inception),
      reference: try referenceStatistics.map { try ReferenceStatistics(contentsOf: $0) },
      mixture: try gmm.map { try StoredMixture(contentsOf: $0) },
      takesAllFeatures: takesAllFeatures || saveFeatures != nil)
  }

  func evaluator(
    bench: URL, output: URL, limit: Int?, shard: Shard? = nil, inputs: MetricInputs
  ) throws -> Evaluator {
    try Evaluator(
      bench: bench, output: output, limit: limit, shard: shard, chosen: metrics, inputs: inputs,
      featureFile: saveFeatures.map { URL(filePath: $0) }, naming: { "--\($0)" },
      progress: RankGroup.progress)
  }

  @Sendable private static func names(_ argument: String) throws -> [String] {
    let known = MetricList.standard.names
    return try argument.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let name = part.trimmingCharacters(in: .whitespaces)
      guard known.contains(name) else {
        throw ValidationError(
          "'\(part)' is no metric. There are: \(known.joined(separator: ", ")).")
      }
      return name
    }
  }
}

extension InceptionResize: ExpressibleByArgument {}
