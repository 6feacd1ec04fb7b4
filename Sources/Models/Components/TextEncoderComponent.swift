extension TextTransformer: ModelComponent {
  public static let name = ComponentName.textEncoder
}

extension ComponentName {
  public static let textEncoder = ComponentName(
    "text_encoder", noun: "text encoder", pipelineEntry: ("transformers", "CLIPTextModel"),
    isTransformers: true)
}

extension TextEncoderConfiguration: ComponentConfiguration {
  public static var originalPrefixes: [String] { [originalPrefix] }
  public static func inferred(from sizes: InferredSizes) -> TextEncoderConfiguration {
    sizes.textEncoder
  }
  public var otherNames: [NameMap] { [NameMap(towerNames(below: ""))] }
  public static func skipped(_ name: String) -> SkippedWeights? {
    SkippedWeights.inTextEncoder(name)
  }
}
