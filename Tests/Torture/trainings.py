"""What the torture chamber trains: every objective, as small as it can be."""

COMMON = """
data:
  params:
    batch_size: 2
    num_workers: 1
    train: {params: {dataset_dir: inputs/scenes/train.jsonl, image_size: 16}}
    validation: {params: {dataset_dir: inputs/scenes/validation.jsonl}}
lightning: {trainer: {max_steps: 4}}
checkpoint: {every: 2, keep_last: 1}
validation: {every: 2, cases: 2}
samples: {every: 4, count: 2, sampler: ddim, steps: 2}
"""

AUTOENCODER = "{params: {ddconfig: {ch: 8, ch_mult: [1, 2], num_res_blocks: 1, norm_groups: 4}}}"
ENCODER = "{params: {hidden_size: 8, layers: 4, heads: 2, patch_size: 8, image_size: 16}}"

# Where the training of `clip` leaves its two towers.
CLIP = "inputs/clip-run/checkpoints/latest/clip"

NETWORK = (
    "model_channels: 8, channel_mult: [1, 2], num_res_blocks: 1, attention_resolutions: [2], "
    "num_heads: 2, norm_groups: 4, context_dim: 8")

# What those that start from `inputs/model` have in common with it.
KNOWN = f"""image_size: 8
    scale_factor: auto
    ema_decay: 0.9
    unet_config: {{params: {{{NETWORK}}}}}
    first_stage_config: {AUTOENCODER}
    cond_stage_config: {ENCODER}
"""

CONFIGURATIONS = {
    "autoencoder": f"""
objective: autoencoder
model:
  base_learning_rate: 1e-3
  params: {{ema_decay: 0.9, first_stage_config: {AUTOENCODER}}}
""",
    "encoder": f"""
objective: image-encoder
model:
  base_learning_rate: 1e-3
  params:
    unet_config: {{params: {{context_dim: 8}}}}
    cond_stage_config: {ENCODER}
""",
    "harmoniser": """
objective: harmonisation
model:
  base_learning_rate: 1e-3
  params: {harmoniser_config: {params: {depth: 4, ch: 4, npts: 4}}}
""",
    "clip": f"""
objective: clip
model:
  base_learning_rate: 1e-3
  params:
    cond_stage_config: {ENCODER}
    text_stage_config:
      params: {{tokenizer: inputs/vocabulary, hidden_size: 8, layers: 1, heads: 2, embed_dim: 8}}
""",
    "text": f"""
objective: text-to-image
initialize: {{vae: random, text_encoder: {CLIP}}}
model:
  base_learning_rate: 1e-3
  params:
    image_size: 8
    scale_factor: auto
    unet_config: {{params: {{in_channels: 4, {NETWORK}}}}}
    first_stage_config: {AUTOENCODER}
""",
    "diffusion": f"""
initialize: {{vae: random}}
model:
  base_learning_rate: 1e-3
  params:
    cond_stage_trainable: all
    {KNOWN}
""",
    "sharp": f"""
objective: autoencoder
initialize: {{vae: inputs/model, image_encoder: inputs/model}}
model:
  base_learning_rate: 1e-3
  params:
    unet_config: {{params: {{context_dim: 8}}}}
    first_stage_config:
      params:
        trained: decoder
        ddconfig: {{ch: 8, ch_mult: [1, 2], num_res_blocks: 1, norm_groups: 4}}
        lossconfig:
          params: {{perceptual_weight: 0.2, disc_weight: 0.4, disc_num_layers: 1, disc_channels: 4}}
    cond_stage_config: {ENCODER}
""",
    "tiny": f"""
objective: tiny-decoder
initialize: {{model: inputs/model}}
model:
  base_learning_rate: 1e-3
  params:
    scale_factor: auto
    first_stage_config: {AUTOENCODER}
    tiny_decoder_config: {{params: {{ch: 4, blocks: [1, 1]}}}}
""",
    "adapters": f"""
initialize: {{model: inputs/model}}
model:
  base_learning_rate: 1e-3
  params:
    lora: {{rank: 2}}
    {KNOWN}
""",
    "few steps": f"""
objective: consistency-distillation
model:
  base_learning_rate: 1e-3
  params:
    distillation_config: {{teacher: inputs/model, steps: 5, guidance: [2, 4]}}
    {KNOWN}
""",
}
