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
      "Compute these only: \(MetricName.allCases.map(\.rawValue).joined(separator: ",")).",
      valueName: "names"),
    transform: MetricOptions.names)
  var metrics: [MetricName]?

  @Option(
    help: ArgumentHelp("Also write the features of every case.", valueName: "file.safetensors"))
  var saveFeatures: String?

  /// Whether what was given suffices for what was asked for.
  func check() throws {
    if saveFeatures != nil, encoders.clip == nil, encoders.inception == nil {
      throw ValidationError("--save-features needs --clip DIR or --inception FILE.")
    }
    let inputs = MetricInputs(
      hasCLIP: encoders.clip != nil, hasInception: encoders.inception != nil,
      statistics: referenceStatistics.map { _ in Set(FeatureSpace.allCases) },
      hasMixture: gmm != nil)
    do {
      _ = try MetricSelection(requested: metrics, inputs: inputs)
    } catch {
      throw ValidationError(error.description)
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
  ) throws -> FeatureInputs {
    do {
      return try FeatureInputs(
        clip: encoders.clipEncoder() as (any RegionEncoder)? ?? stored(.clip),
        inception: encoders.inceptionEncoder() as (any FeatureEncoder)? ?? stored(.inception),
        reference: try referenceStatistics.map { try ReferenceStatistics(contentsOf: $0) },
        mixture: try gmm.map { try StoredMixture(contentsOf: $0) }, requested: metrics,
        takesAllFeatures: takesAllFeatures || saveFeatures != nil)
    } catch let error as MetricSelectionError {
      throw UsageError(error.description)
    }
  }

  @Sendable private static func names(_ argument: String) throws -> [MetricName] {
    try argument.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let name = MetricName(rawValue: part.trimmingCharacters(in: .whitespaces)) else {
        let known = MetricName.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("'\(part)' is no metric. There are: \(known).")
      }
      return name
    }
  }
}

extension InceptionResize: ExpressibleByArgument {}
