import Autograd

extension TinyDecoder: ModelComponent {
  public static let name = ComponentName.tinyDecoder
}

extension ComponentName {
  /// A model folder may have it beside its autoencoder; diffusers opens it by itself.
  public static let tinyDecoder = ComponentName("tiny_decoder", noun: "tiny decoder")
}

extension TinyDecoderConfiguration: ComponentConfiguration {
  // No original checkpoint holds one.
  public static var originalPrefixes: [String] { [] }
  public var originalNames: [ModuleName] { [] }
  public static func inferred(from sizes: InferredSizes) -> TinyDecoderConfiguration { Self() }

  public static func skipped(_ name: String) -> SkippedWeights? {
    name.hasPrefix("encoder.") ? .tinyEncoder : nil
  }
}
