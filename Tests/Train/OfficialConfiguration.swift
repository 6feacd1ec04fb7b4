/// The keys and values of the official `configs/v1.yaml`, written anew.
enum OfficialConfiguration {
  static let yaml = """
    model:
      target: ldm.models.diffusion.ddpm.LatentDiffusion
      base_learning_rate: 1.0e-05
      params:
        timesteps: 1000
        linear_start: 0.00085
        linear_end: 0.0120
        num_timesteps_cond: 1
        log_every_t: 200
        image_size: 64
        channels: 4
        first_stage_key: "inpaint"
        cond_stage_key: "image"
        cond_stage_trainable: true
        conditioning_key: crossattn
        u_cond_percent: 0.2
        scale_factor: 0.18215
        use_ema: False
        monitor: val/loss_simple_ema
        scheduler_config:
          target: ldm.lr_scheduler.LambdaLinearScheduler
          params:
            warm_up_steps: [ 10000 ]
            cycle_lengths: [ 10000000000000 ]
            f_start: [ 1.e-6 ]
            f_max: [ 1. ]
            f_min: [ 1. ]
        unet_config:
          target: ldm.modules.diffusionmodules.openaimodel.UNetModel
          params:
            image_size: 32
            in_channels: 9
            out_channels: 4
            model_channels: 320
            channel_mult: [ 1, 2, 4, 4 ]
            num_res_blocks: 2
            attention_resolutions: [ 4, 2, 1 ]
            num_heads: 8
            use_spatial_transformer: True
            transformer_depth: 1
            context_dim: 768
            use_checkpoint: True
            legacy: False
            add_conv_in_front_of_unet: False
        first_stage_config:
          target: ldm.models.autoencoder.AutoencoderKL
          params:
            embed_dim: 4
            monitor: val/rec_loss
            ddconfig:
              double_z: true
              z_channels: 4
              resolution: 256
              in_channels: 3
              out_ch: 3
              ch: 128
              ch_mult:
              - 1
              - 2
              - 4
              - 4
              num_res_blocks: 2
              attn_resolutions: []
              dropout: 0.0
            lossconfig:
              target: torch.nn.Identity
        cond_stage_config:
          target: ldm.modules.encoders.modules.FrozenCLIPImageEmbedder
    data:
      target: main.DataModuleFromConfig
      params:
        batch_size: 4
        wrap: False
        train:
          target: ldm.data.open-images.OpenImageDataset
          params:
            state: train
            dataset_dir: /path/to/dataset
            arbitrary_mask_percent: 0.5
            image_size: 512
        validation:
          target: ldm.data.open-images.OpenImageDataset
          params:
            state: validation
            dataset_dir: /path/to/dataset
            arbitrary_mask_percent: 0.5
            image_size: 512
        test:
          target: ldm.data.open-images.OpenImageDataset
          params:
            state: test
            dataset_dir: /path/to/dataset
            arbitrary_mask_percent: 0.5
            image_size: 512
    lightning:
      trainer:
        max_epochs: 40
        num_nodes: 1
        accelerator: 'gpu'
        gpus: "0"

    """
}
