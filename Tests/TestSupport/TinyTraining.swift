import Foundation
import Pictures
import Tensors

/// A folder with a few small pictures and configurations, `autoencoder.yaml`, `encoder.yaml`,
/// `diffusion.yaml` and `harmoniser.yaml`, that train next to nothing on them. Removed with the value.
public final class TinyTraining: Sendable {
  public let folder = NSTemporaryDirectory() + "pbe-training-\(UUID().uuidString)"
  public static let pictures = 10

  public init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var manifest = ""
    for i in 0..<Self.pictures {
      try Self.picture(i).writePNG(to: path("\(i).png"))
      manifest +=
        "{\"image\": \"\(i).png\", \"boxes\": [[3, 4, \(14 + i % 5), 15], [8, 8, 20, 19]], "
        + "\"labels\": [\"cat\", \"\(i % 2 == 0 ? "dog" : "cat")\"]}\n"
    }
    try write(manifest, "pictures.jsonl")
    try write(autoencoder, "autoencoder.yaml")
    try write(encoder, "encoder.yaml")
    try write(diffusion, "diffusion.yaml")
    try write(harmoniser, "harmoniser.yaml")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  public func path(_ name: String) -> String { "\(folder)/\(name)" }

  public func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
  }

  /// Noise of its own colour.
  private static func picture(_ index: Int) -> Image {
    var random = RandomStream(seed: 1, purpose: "tiny training", index: UInt64(index))
    let colour = (0..<3).map { _ in random.integer(40...215) }
    let pixels = (0..<24 * 24 * 3).map { UInt8(colour[$0 % 3] + random.integer(-40...40)) }
    return Image(width: 24, height: 24, pixels: pixels)
  }

  private var autoencoder: String {
    """
    objective: autoencoder
    model:
      base_learning_rate: 1e-3
      params:
        ema_decay: 0.9
        first_stage_config:
          params:
            ddconfig: {ch: 8, ch_mult: [1, 2], num_res_blocks: 1, norm_groups: 4}
    \(common)
    """
  }

  private var encoder: String {
    """
    objective: image-encoder
    model:
      base_learning_rate: 1e-3
      params:
        ema_decay: 0.9
        unet_config: {params: {context_dim: 8}}
        cond_stage_config:
          params: {hidden_size: 8, layers: 4, heads: 2, patch_size: 8, image_size: 16}
    \(common)
    """
  }

  private var diffusion: String {
    """
    initialize: {vae: random}
    model:
      base_learning_rate: 1e-3
      params:
        image_size: 8
        parameterization: v
        scale_factor: auto
        ema_decay: 0.9
        scheduler_config: {target: pbe.CosineScheduler, params: {warm_up: 2}}
        unet_config:
          params:
            model_channels: 8
            channel_mult: [1, 2]
            num_res_blocks: 1
            attention_resolutions: [2]
            num_heads: 2
            norm_groups: 4
            context_dim: 8
        first_stage_config:
          params:
            ddconfig: {ch: 8, ch_mult: [1, 2], num_res_blocks: 1, norm_groups: 4}
        cond_stage_trainable: all
        cond_stage_config:
          params: {hidden_size: 8, layers: 4, heads: 2, patch_size: 8, image_size: 16}
    \(common)
    """
  }

  private var harmoniser: String {
    """
    objective: harmonisation
    model:
      base_learning_rate: 1e-3
      params:
        ema_decay: 0.9
        harmoniser_config: {params: {depth: 4, ch: 4, npts: 4}}
    \(common)
    """
  }

  private var common: String {
    """
    data:
      params:
        batch_size: 2
        num_workers: 1
        train: {params: {dataset_dir: \(path("pictures.jsonl")), image_size: 16}}
        validation: {params: {dataset_dir: \(path("pictures.jsonl"))}}
    lightning: {trainer: {max_steps: 6}}
    checkpoint: {every: 2, keep_last: 9}
    validation: {every: 3, cases: 3, timesteps: [300, 700]}
    samples: {every: 6, count: 2, sampler: ddim, steps: 2}
    """
  }
}
