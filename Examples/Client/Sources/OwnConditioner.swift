import PaintByExample

/// A condition of one's own: the number of a class, one learnt token for each.
struct ClassConditioner: Conditioner {
  let name = ComponentName("class_embedder", noun: "class embedder")
  let parameters: ParameterStore
  let json: [String: JSONValue]
  let tokens = 1
  let width: Int
  let workingFloats = 0
  private let table: Linear
  private let nullToken: Parameter

  init(classes: Int, width: Int) {
    parameters = ParameterStore(seed: 3)
    self.width = width
    json = ["classes": .integer(classes), "width": .integer(width)]
    table = Linear(parameters.root / "table", classes, width, bias: false)
    nullToken = parameters.root.parameter("null", [1, 1, width], .normal(deviation: 1))
  }

  /// A class as one of `[1, classes]` numbers that is 1.
  func prepare(_ prompt: Prompt, _ resize: ReferenceResize) throws -> Tensor {
    guard case .prepared(let choice) = prompt else {
      throw PromptError.otherKind(found: "a picture or text", expected: "a class")
    }
    return choice
  }

  func features(_ choices: Variable) -> Variable { choices }

  func condition(_ choices: Variable) -> Variable {
    table(choices).reshaped([choices.shape[0], 1, width])
  }

  func null(_ count: Int) -> Variable { nullToken.variable.repeated(count) }

  func part(of parameter: String) -> ConditionerPart { parameter == "null" ? .null : .head }
}

/// Paints with a small random model that is conditioned on classes.
///
/// - Returns: the largest difference that the class makes, of 255.
func paintAfterClasses() throws -> Int {
  var unet = UNetConfiguration()
  (unet.blockOutChannels, unet.attentionLevels, unet.layersPerBlock) = ([8, 16], [true, false], 1)
  (unet.attentionHeads, unet.crossAttentionDimension, unet.normGroups) = (2, 12, 4)
  var autoencoder = AutoencoderConfiguration()
  (autoencoder.blockOutChannels, autoencoder.layersPerBlock) = ([8, 16], 1)
  (autoencoder.normGroups, autoencoder.sampleSize) = (4, 32)
  let model = PaintByExampleModel(
    unet: Component(unet, seed: 1), autoencoder: Component(autoencoder, seed: 2),
    conditioner: ClassConditioner(classes: 4, width: 12), schedule: NoiseSchedule(),
    prediction: .noise, latentScale: 0.18)

  let source = Image(width: 32, height: 32, fill: (90, 120, 30))
  let mask = try RepaintMask(box: Box(8, 8, 24, 24), for: source)
  var settings = EditSettings()
  settings.sampler = Sampler(Euler.self)
  (settings.steps, settings.pastesBack) = (4, false)
  let editor = Editor(model)
  let plan = try editor.plan(source: source, mask: mask, settings)
  let pictures = try [0, 3].map { label in
    let choice = Tensor([1, 4], (0..<4).map { $0 == label ? 1 : 0 })
    return try editor.edit(editor.prepare(plan, after: .prepared(choice)), settings).picture
  }
  return zip(pictures[0].pixels, pictures[1].pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
}
