/// What files of published models hold beside the weights that we use: everything that is passed
/// over on purpose. Any other name is an error.
public enum SkippedWeights: String, CaseIterable, Sendable {
  /// 0, 1, 2, …: a constant that old versions of transformers stored.
  case positions = "position_ids"
  case textTower = "text tower"
  /// CLIP's comparison of pictures with texts.
  case comparison = "CLIP projections and logit scale"
  /// Perceptual loss and discriminator of the autoencoder's training.
  case loss = "autoencoder loss"
  /// Tables that follow from the noise schedule.
  case schedule = "noise schedule tables"
  /// `LitEma`'s weights, where the raw ones are wanted.
  case averages = "averaged copies"
  /// The raw weights, where averaged ones are wanted.
  case rawCopies = "raw copies of averaged weights"
  /// `decay` and `num_updates` of `LitEma`.
  case averageCounters = "counters of the average"
  case safetyChecker = "safety checker"
  /// Of a tiny autoencoder, of which the decoder alone is used.
  case tinyEncoder = "tiny encoder"
}

extension SkippedWeights {
  private static let scheduleTables: Set = [
    "alphas_cumprod", "alphas_cumprod_prev", "betas", "log_one_minus_alphas_cumprod", "logvar",
    "lvlb_weights", "posterior_log_variance_clipped", "posterior_mean_coef1",
    "posterior_mean_coef2", "posterior_variance", "scale_factor", "sqrt_alphas_cumprod",
    "sqrt_one_minus_alphas_cumprod", "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod",
  ]

  /// What a name of an original checkpoint means that is no weight of ours; nil when it may be one.
  ///
  /// - Parameter hasImageEncoder: beside one a text tower has no part in the condition.
  static func inOriginal(_ name: String, hasImageEncoder: Bool) -> SkippedWeights? {
    let transformer = "cond_stage_model.transformer."
    if scheduleTables.contains(name) { return .schedule }
    if name.hasPrefix("first_stage_model.loss.") { return .loss }
    if hasImageEncoder, name.hasPrefix(transformer + "text_model.") { return .textTower }
    for tower in ["vision_model", "text_model"]
    where name == transformer + tower + ".embeddings.position_ids" {
      return .positions
    }
    if name == "model_ema.decay" || name == "model_ema.num_updates" { return .averageCounters }
    if name.hasPrefix("safety_checker.") { return .safetyChecker }
    return nil
  }

  /// The same for an image encoder's folder.
  static func inImageEncoder(_ name: String) -> SkippedWeights? {
    let places = ["model.vision_model.", "model.", "vision_model.", ""]
    return places.contains { name == "\($0)embeddings.position_ids" } ? .positions : nil
  }

  /// The same for a text encoder's folder.
  static func inTextEncoder(_ name: String) -> SkippedWeights? {
    let places = ["text_model.", ""]
    if places.contains(where: { name == "\($0)embeddings.position_ids" }) { return .positions }
    return name == "text_projection.weight" ? .comparison : nil
  }

  /// The same for a folder of CLIP.
  static func inCLIP(_ name: String) -> SkippedWeights? {
    if name.hasPrefix("text_model.") { return .textTower }
    let comparison: Set = ["logit_scale", "text_projection.weight", "visual_projection.weight"]
    return comparison.contains(name) ? .comparison : inImageEncoder(name)
  }
}
