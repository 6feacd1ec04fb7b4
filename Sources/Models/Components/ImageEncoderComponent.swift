extension ImageEncoder: ModelComponent {
  public static let name = ComponentName.imageEncoder
}

extension ComponentName {
  public static let imageEncoder = ComponentName(
    "image_encoder", noun: "image encoder",
    pipelineEntry: ("paint_by_example", "PaintByExampleImageEncoder"), isTransformers: true)
}

extension ImageEncoderConfiguration: ComponentConfiguration {
  public static var originalPrefixes: [String] {
    [originalPrefix, "proj_out.", "learnable_vector"]
  }
  public static func inferred(from sizes: InferredSizes) -> ImageEncoderConfiguration {
    sizes.imageEncoder
  }
  public var otherNames: [NameMap] { [NameMap(towerNames(below: "model"))] }
  public static func skipped(_ name: String) -> SkippedWeights? {
    SkippedWeights.inImageEncoder(name)
  }
}
