import Autograd

extension Autoencoder: ModelComponent {
  public static let name = ComponentName.autoencoder

  public init(_ scope: ParameterScope, _ configuration: AutoencoderConfiguration) {
    self.init(scope, configuration, initialization: AutoencoderInitialization())
  }
}

extension ComponentName {
  public static let autoencoder = ComponentName(
    "vae", noun: "autoencoder", pipelineEntry: ("diffusers", "AutoencoderKL"))
}

extension AutoencoderConfiguration: ComponentConfiguration {
  public static var originalPrefixes: [String] { [originalPrefix] }
  public static func inferred(from sizes: InferredSizes) -> AutoencoderConfiguration {
    sizes.autoencoder
  }
  public var otherNames: [NameMap] { [NameMap(Self.oldAttentionNames)] }
}
