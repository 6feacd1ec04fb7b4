/// Where the stages of the paper in miniature keep their files.
package struct PaperFolder: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// What the models are trained on, and the bench.
  var scenes: String { self("scenes") }
  var bench: String { "\(scenes)/bench" }
  /// The bench with captions of so many details.
  func bench(details: Int) -> String { "\(self("prompts"))/\(details)" }
  /// Where real pictures lie that nothing was trained on.
  var real: String { "\(self("scenes-real"))/bench/GT_3500" }
  var vocabulary: String { self("vocabulary") }
  /// The CLIP of a training run.
  func clip(_ run: String) -> String { "\(self(run))/checkpoints/latest/clip" }
  var statistics: String { self("real.safetensors") }
  var mixture: String { self("mixture.safetensors") }

  func rung(_ rung: Rung, seed: Int) -> String { self("rungs/\(rung.word)-\(seed)") }
  func evaluation(_ name: String) -> String { self("evaluations/\(name)") }
  func evaluation(_ rung: Rung, seed: Int) -> String { evaluation("\(rung.word)-\(seed)") }
  static func features(of evaluation: String) -> String { "\(evaluation)/features.safetensors" }
}

/// The steps of the paper's ablation, each with what is before it.
package enum Rung: Int, CaseIterable, Sendable {
  case baseline, prior, augmentation, bottleneck, guidance

  var word: String {
    switch self {
    case .baseline: "baseline"
    case .prior: "prior"
    case .augmentation: "augmentation"
    case .bottleneck: "bottleneck"
    case .guidance: "classifier-free-guidance"
    }
  }

  /// As in the paper's table.
  var title: String {
    switch self {
    case .baseline: "Baseline"
    case .prior: "+ Prior"
    case .augmentation: "+ Augmentation"
    case .bottleneck: "+ Bottleneck"
    case .guidance: "+ Classifier-free"
    }
  }

  /// Those up to this one.
  var files: [String] {
    Self.allCases.prefix(rawValue + 1).map { "Configs/ablations/\($0.word).yaml" }
  }
}

/// The paper's rivals, as methods of ours.
package enum Rival: String, CaseIterable, Sendable {
  case blendedImage = "blended-image"
  case blendedText = "blended-text"
  case dccf
  case stableDiffusion = "sd-inpaint"

  /// As in the paper's table.
  var title: String {
    switch self {
    case .blendedImage: "Blended Diffusion-Image"
    case .blendedText: "Blended Diffusion-Text"
    case .dccf: "DCCF"
    case .stableDiffusion: "Stable Diffusion"
    }
  }
}
