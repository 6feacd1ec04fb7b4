import Autograd

/// A condition that a model folder can hold.
///
/// One type, and one line in ``ModelFolder/conditioners``, makes models with it readable.
protocol FolderConditioner: Conditioner {
  associatedtype Network: ModelComponent

  var component: Component<Network> { get }

  /// - Parameter component: its weights are read later.
  /// - Throws: what is wrong with the folder's other files.
  init(_ component: Component<Network>, in folder: ModelFolder) throws

  /// Writes what binds a model's components together and what prompts are prepared by.
  func writeFrame(
    _ unet: UNetConfiguration, _ scheduler: SchedulerConfiguration, to folder: String) throws
}

extension FolderConditioner {
  static var component: ComponentName { Network.name }
}

extension ImageConditioner: FolderConditioner {
  init(_ component: Component<ImageEncoder>, in folder: ModelFolder) throws {
    let size = component.network.configuration.imageSize
    self.init(component, preprocessing: try folder.preprocessing(imageSize: size))
  }

  func writeFrame(
    _ unet: UNetConfiguration, _ scheduler: SchedulerConfiguration, to folder: String
  ) throws {
    try ModelFolder.writeFrame(scheduler: scheduler, preprocessing: preprocessing, to: folder)
  }
}

extension TextConditioner: FolderConditioner {
  init(_ component: Component<TextTransformer>, in folder: ModelFolder) throws {
    let tokenizer = try folder.tokenizer()
    let problems = Self.problems(component.network.configuration, tokenizer)
    guard problems.isEmpty else { throw ModelFolderError.doesNotFit(folder.path, problems) }
    self.init(component, tokenizer: tokenizer)
  }

  func writeFrame(
    _ unet: UNetConfiguration, _ scheduler: SchedulerConfiguration, to folder: String
  ) throws {
    try tokenizer.write(to: "\(folder)/\(ModelFolder.tokenizerFolder)")
    let isInpainting = unet.inChannels != unet.outChannels
    try ModelFolder.writeFrame(
      scheduler: scheduler,
      pipeline: isInpainting ? "StableDiffusionInpaintPipeline" : "StableDiffusionPipeline",
      components: [.unet, .autoencoder, .textEncoder],
      others: [ModelFolder.tokenizerFolder: ("transformers", "CLIPTokenizer")], to: folder)
  }
}
