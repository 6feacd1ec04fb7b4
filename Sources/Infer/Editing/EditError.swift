import Pictures
import Support

/// Why a picture cannot be edited as asked.
public enum EditError: Error, SettingMessage {
  case badSetting(_ setting: String, _ found: String, _ expected: String)
  case samplerTakesNoEta(Sampler, eta: Float)
  case gridOfOnePicture
  case badSize(PictureSize, multiple: Int)
  case badPictureSize(PictureSize, multiple: Int)
  case boxOutside(_ box: Box, picture: PictureSize)
  case maskSize(_ mask: String, found: PictureSize, expected: PictureSize)
  case emptyMask(_ mask: String, MaskLevels)
  case fullMask(_ mask: String, MaskLevels)
  case emptyBox(_ box: Box)
  case boxOfFractions(_ box: Box, picture: PictureSize)
  case nothingVisible(_ mask: String, size: PictureSize)
  case invisibleReference(_ file: String)
  case referenceMaskSize(_ file: String, found: PictureSize, expected: PictureSize)
  case emptyReferenceMask(_ file: String)
  case tooManyReferences(_ count: Int)
  case promptAndReference
  case seesNoPicture(_ model: String)
  case cannotBlend(Sampler)
  case nothingToPaintAfter
  case noiseShape(_ file: String, found: [Int], expected: [Int])
  case noiseCount(_ file: String, found: Int, expected: Int)
  case noiseNotFinite(_ file: String)
  case notFinite(scale: Float, sampler: Sampler)
  case pictureNotFinite
  case schedulerNotFollowed(Sampler, problems: [String])
  case tooFewSteps(_ steps: Int, least: Int)
  case pastSchedule(steps: Int, timesteps: Int)
  case notPNG(_ output: String)
  case sameOutput(_ output: String)
  case outputIsInput(_ output: String)
  case tooMuchMemory(MemoryEstimate, available: Int, fitting: PictureSize?)

  /// Whether it is the command line that is at fault, not what it names.
  public var isUsage: Bool {
    switch self {
    case .badSetting, .samplerTakesNoEta, .gridOfOnePicture, .badSize, .boxOutside, .emptyBox,
      .boxOfFractions, .pastSchedule, .tooFewSteps, .notPNG, .sameOutput, .outputIsInput,
      .tooManyReferences, .promptAndReference, .cannotBlend, .nothingToPaintAfter:
      true
    default: false
    }
  }

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .badSetting(let setting, let found, let expected):
      "\(name(setting)) is \(found), expected \(expected)"
    case .samplerTakesNoEta(let sampler, let eta):
      "\(name("eta")) is \(eta), expected 0 with the sampler \(sampler.rawValue); "
        + "use \(name("sampler")) ddim"
    case .gridOfOnePicture:
      "\(name("grid")) is given, expected several pictures: add \(name("scales")) or "
        + name("count")
    case .badSize(let size, let multiple):
      "\(name("size")) \(size): width and height must be multiples of \(multiple) for this model"
    case .badPictureSize(let size, let multiple):
      "\(size) pixels are to be repainted without resizing, but width and height must be multiples "
        + "of \(multiple) for this model; scale the picture, or give \(name("size")) WxH"
    case .boxOutside(let box, let picture):
      "the box \(box.text) reaches beyond the picture, which is \(picture) pixels as displayed"
    case .boxOfFractions(let box, let picture):
      "the box \(box.text) looks like fractions of the picture's sides, expected pixels: "
        + box.scaled(Float(picture.width), Float(picture.height)).rounded.text
    case .maskSize(let mask, let found, let expected):
      "\(mask): the mask is \(found) pixels, the picture (as displayed, after EXIF rotation) is "
        + "\(expected); scale the mask to that size, or give \(name("box")) x0,y0,x1,y1 instead"
    case .emptyMask(let mask, let levels):
      "\(mask): the mask is empty: no pixel is \(levels.isInverted ? "below 128" : "128 or more"), "
        + "so there is nothing to repaint; " + levels.hint(name)
    case .fullMask(let mask, let levels):
      "\(mask): the mask covers the whole picture, which leaves nothing to fit in with; "
        + levels.hint(name)
    case .emptyBox(let box):
      "the box \(box.text) is empty: its sides are rounded to whole pixels"
    case .nothingVisible(let mask, let size):
      "\(mask): the mask reaches into every pixel at \(size), at which the network works, which "
        + "leaves nothing to fit in with; give a larger \(name("size")), or a smaller mask"
    case .invisibleReference(let file):
      "\(file): the reference is transparent all over, so there is nothing to paint after; give one "
        + "whose object is opaque"
    case .referenceMaskSize(let file, let found, let expected):
      "\(file): the reference's mask is \(found) pixels, the reference (as displayed, after EXIF rotation) "
        + "is \(expected); scale the mask to that size"
    case .emptyReferenceMask(let file):
      "\(file): the reference's mask is empty: no pixel is 128 or more; make white (255) where the object is"
    case .seesNoPicture(let model):
      "\(model): the UNet sees noisy latents alone, not the picture around the mask; give "
        + "\(name("method")) sd-inpaint"
    case .tooManyReferences(let count):
      "\(name("reference")) is given \(count) times, expected at most \(EditJob.mostReferences): choose the "
        + "pictures that show the object best"
    case .promptAndReference:
      "\(name("prompt")) and \(name("reference")) are given, but a model paints after one of them: leave "
        + "the other out"
    case .cannotBlend(let sampler):
      "\(name("sampler")) \(sampler.rawValue) cannot give back the source between its steps; give another one"
    case .nothingToPaintAfter:
      "nothing says what to paint: give \(name("reference")) FILE"
    case .noiseShape(let file, let found, let expected):
      "\(file): `latents` has the shape \(found), this picture needs \(expected) "
        + "([pictures, channels, height, width]); choose another \(name("size")) or make new noise"
    case .noiseCount(let file, let found, let expected):
      "\(file): `latents` holds noise for \(found) pictures, \(name("count")) is \(expected); "
        + "give one row for all of them or one for each"
    case .noiseNotFinite(let file):
      "\(file): `latents` holds numbers that are infinite or not a number"
    case .notFinite(let scale, let sampler):
      "the network's result is not a number at scale \(scale.shortest) with \(sampler.rawValue); "
        + "try a smaller \(name("scale")), or another checkpoint: this one may be broken"
    case .pictureNotFinite:
      "the latents are numbers, but the picture that is decoded from them is not: the autoencoder may be "
        + "broken; try another checkpoint"
    case .schedulerNotFollowed(let sampler, let problems):
      "the model's scheduler_config.json asks for what \(sampler.rawValue) cannot do: "
        + problems.joined(separator: "; ") + "; change the file, or give another \(name("sampler"))"
    case .tooFewSteps(let steps, let least):
      "\(name("steps")) is \(steps), expected at least \(least): the model's scheduler_config.json does not say "
        + "`skip_prk_steps` true, so that PLMS begins with three Runge–Kutta steps"
    case .pastSchedule(let steps, let timesteps):
      "\(name("steps")) \(steps): with \(name("timesteps")) spanning, as the official code has it, they run past the "
        + "\(timesteps) that the model knows, where that code fails too; give another number, such "
        + "as 50, or \(name("timesteps")) counted"
    case .notPNG(let output):
      "\(output): results are written as PNG; give a name that ends in .png"
    case .sameOutput(let output):
      "\(output): two results would be written to this file"
    case .outputIsInput(let output):
      "\(output): the result would replace a file that it is made from; give another name"
    case .tooMuchMemory(let estimate, let available, let fitting):
      "this needs \(estimate), but only \(MemoryEstimate.text(available)) are available; "
        + (fitting.map { "\(name("size")) \($0.width)x\($0.height) would fit" }
          ?? "no \(name("size")) would fit: end other programs or use a machine with more memory")
    }
  }
}

extension EditError {
  /// - Throws: ``tooManyReferences(_:)``.
  static func checkReferences(_ count: Int) throws(EditError) {
    guard count <= EditJob.mostReferences else { throw .tooManyReferences(count) }
  }
}

extension Box {
  fileprivate var rounded: Box { Box(x0.rounded(), y0.rounded(), x1.rounded(), y1.rounded()) }

  /// As it is given on the command line.
  var text: String { [x0, y0, x1, y1].map(\.shortest).joined(separator: ",") }
}
