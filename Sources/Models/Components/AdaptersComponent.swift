extension ComponentName {
  /// What diffusers keeps apart from pipelines.
  public static let adapters = ComponentName(
    "lora", noun: "adapters", file: "pytorch_lora_weights")
}
