extension UNet: ModelComponent {
  public static let name = ComponentName.unet
}

extension ComponentName {
  public static let unet = ComponentName(
    "unet", noun: "UNet", pipelineEntry: ("diffusers", "UNet2DConditionModel"))
}

extension UNetConfiguration: ComponentConfiguration {
  public static var originalPrefixes: [String] { [originalPrefix] }
  public static func inferred(from sizes: InferredSizes) -> UNetConfiguration { sizes.unet }
}
