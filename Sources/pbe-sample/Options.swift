import ArgumentParser
import Commands
import Inference
import Models
import Pictures
import Tensors

struct FileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model folder or a run directory; with --method, the one that it paints with.",
      valueName: "dir"))
  var model: String?

  @OptionGroup var lora: AdapterOptions

  @Option(help: ArgumentHelp("The picture to edit: JPEG, PNG, WebP or TIFF.", valueName: "file"))
  var image: String?

  @Option(
    help: ArgumentHelp(
      "Where to edit: a grey picture or the alpha of an RGBA one; white means edit.",
      valueName: "file"))
  var mask: String?

  @Option(
    help: ArgumentHelp(
      "A rectangle instead of a mask, in the picture's pixels.", valueName: "x0,y0,x1,y1"),
    transform: parseBox)
  var box: Box?

  @Option(
    help: ArgumentHelp(
      "What boxes are given in, pixels or fractions of the picture's sides. (default: pixels)",
      valueName: "units"))
  var boxUnits: BoxNotation?

  @Flag(help: "Edit what is black instead.")
  var invertMask = false

  @Option(
    help: ArgumentHelp(
      "A picture of the object to insert. Given several times, all are pictures of one object.",
      valueName: "file"))
  var reference: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where the reference's object is; white is the object, and the rest of the reference is not "
        + "looked at. One for each reference, in their order. (default: the reference is seen whole; "
        + "methods that cut the object out take its opacity)", valueName: "file"))
  var referenceMask: [String] = []

  @Option(help: ArgumentHelp("Many jobs, one JSON object per line.", valueName: "file"))
  var manifest: String?

  @Option(
    help: ArgumentHelp(
      "The PNG to write; with --manifest, the folder for the results.", valueName: "path"))
  var output: String

  /// The one job; nil with a manifest.
  var job: EditJob? {
    guard let image, let region else { return nil }
    var job = EditJob(image: image, region: region, reference: nil, output: output)
    job.references = reference.enumerated().map {
      EditJob.Reference(
        picture: $1, mask: referenceMask.indices.contains($0) ? referenceMask[$0] : nil)
    }
    return job
  }

  private var region: EditJob.Region? {
    if let box { return boxUnits == .fractions ? .fractions(box) : .box(box) }
    return mask.map { .mask($0) }
  }

  func validate() throws {
    let inputs: [(String, Bool)] = [
      ("--image", image != nil), ("--mask", mask != nil), ("--box", box != nil),
      ("--reference", !reference.isEmpty), ("--reference-mask", !referenceMask.isEmpty),
    ]
    if let box, box.contradicts(boxUnits) {
      throw ValidationError(
        boxUnits == nil
          ? "--box \(box.list) looks like fractions of the picture's sides, but pixels are expected. "
            + "If fractions are meant, add --box-units fractions."
          : "--box \(box.list) is not in fractions of the picture's sides, 0 to 1.")
    }
    guard model != nil || lora.adapters.isEmpty else {
      throw ValidationError("--lora changes a model: give --model DIR beside it.")
    }
    guard manifest == nil else {
      let given = inputs.filter(\.1).map(\.0)
      guard given.isEmpty else {
        throw ValidationError(
          "\(given.joined(separator: ", ")) cannot be given with --manifest, whose lines say it.")
      }
      return
    }
    guard image != nil else { throw ValidationError("Give --image FILE, or --manifest FILE.") }
    guard referenceMask.isEmpty || referenceMask.count == reference.count else {
      throw ValidationError(
        "--reference-mask is given \(referenceMask.count == 1 ? "once" : "\(referenceMask.count) times") "
          + "for \(reference.count) of --reference: give one for each, in their order.")
    }
    guard (mask == nil) != (box == nil) else {
      throw ValidationError(
        mask == nil
          ? "Give --mask FILE or --box x0,y0,x1,y1." : "Give either --mask or --box, not both.")
    }
  }
}

struct SamplingOptions: ParsableArguments {
  @Option(help: "The sampler. (default: the one that the model names, or plms)")
  var sampler: Sampler?

  @Option(
    help: ArgumentHelp("Sampling steps, 1 to 1000. (default: 50; 4 with lcm)", valueName: "n"))
  var steps: Int?

  @Option(
    help: "Guidance scale: how closely to follow the reference. (default: 5; 1 with lcm)")
  var scale: Float?

  @Option(
    help: ArgumentHelp("Several guidance scales, each applied to every seed.", valueName: "s,s,…"),
    transform: parseScales)
  var scales: [Float] = []

  @Option(help: "Noise added while sampling with DDIM, 0 to 1.")
  var eta: Float = 0

  @Option(help: "Seed of the first picture; each further picture takes the next seed.")
  var seed: UInt64 = 42

  @Option(help: ArgumentHelp("Number of pictures, each with its own seed.", valueName: "n"))
  var count = 1

  @Option(help: "Latents of the masked picture: a sample of their distribution, or its mode.")
  var posterior = EditSettings.PosteriorChoice.sample

  @Option(
    help: ArgumentHelp(
      "Start from the tensor `latents` [1 or N, 4, h, w] of a safetensors file.",
      valueName: "file"))
  var noise: String?

  @Option(
    help: """
      Factors of the UNet's products: fp32; bf16 for speed where the CPU has avx512_bf16 or AMX; \
      bf16x3, pairs of bf16, for nearly fp32's accuracy at more than its speed where it has AMX.
      """
  )
  var precision = ProductPrecision.fp32

  @Option(
    help: ArgumentHelp(
      "What makes the picture: the autoencoder (full), the model's tiny decoder (tiny), or a tiny decoder "
        + "elsewhere, a file or a folder. (default: full)", valueName: "decoder"))
  var decoder: String?

  @Option(help: "Averaged (ema) or last (raw) weights of a trained model.")
  var weights = WeightChoice.averaged

  func validate() throws {
    if scale != nil, !scales.isEmpty {
      throw ValidationError("Give either --scale or --scales, not both.")
    }
  }

  /// The settings that say something, by name; none does to a method that draws nothing.
  var given: [String] {
    let options: [(String, Bool)] = [
      ("sampler", sampler != nil), ("steps", steps != nil), ("scale", scale != nil),
      ("scales", !scales.isEmpty), ("eta", eta != 0), ("count", count != 1),
      ("posterior", posterior != .sample), ("noise", noise != nil),
      ("precision", precision != .fp32), ("decoder", decoder != nil),
      ("weights", weights != .averaged),
    ]
    return options.filter(\.1).map(\.0)
  }

  /// - Parameter usual: the sampler where none was given; nil for the job's own.
  func configure(_ job: inout EditJob, usual: Sampler?) {
    if let sampler = sampler ?? usual { job.settings.use(sampler) }
    if let steps { job.settings.steps = steps }
    job.settings.scale = scale ?? scales.first ?? job.settings.scale
    job.settings.eta = eta
    job.settings.seed = seed
    job.settings.posterior = posterior
    job.settings.precision = precision
    job.scales = scales
    job.count = count
    job.noise = noise
  }
}

struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Size at which the network works: N, WxH, the model's, or the picture's. "
        + "(default: model)",
      valueName: "size"),
    transform: parseSize)
  var size: EditSettings.WorkSize?

  @Option(help: "Work on the part around the mask, or on the whole picture. (default: auto)")
  var crop: EditSettings.Crop?

  @Flag(
    inversion: .prefixedNo,
    help:
      "Keep every pixel outside the mask, or write the network's own picture. (default: keep)")
  var pasteBack: Bool?

  @Option(
    help: ArgumentHelp(
      "Let old pixels fade out over so many pixels inside the mask. (default: 0, new ones fill it)",
      valueName: "pixels"))
  var feather: Float?

  @Flag(
    inversion: .prefixedNo,
    help: "Move new colours at the mask's border to those outside it. (default: match)")
  var matchSeam: Bool?

  @Flag(help: "Also write OUT.png as a table of all results, with --scales or --count.")
  var grid = false

  @Option(
    help: ArgumentHelp(
      "Write the denoised `latents` [N, 4, h, w] of all results, scaled as the network sees them.",
      valueName: "file"))
  var saveLatents: String?

  func validate() throws {
    if pasteBack == false, feather != nil || matchSeam != nil {
      throw ValidationError(
        "--feather and --match-seam say how to paste back, which --no-paste-back forbids.")
    }
  }

  /// The settings that were given, by name; none means anything where the picture is painted on as it is.
  var given: [String] {
    let options: [(String, Bool)] = [
      ("size", size != nil), ("crop", crop != nil), ("paste-back", pasteBack != nil),
      ("feather", feather != nil), ("match-seam", matchSeam != nil),
      ("save-latents", saveLatents != nil),
    ]
    return options.filter(\.1).map(\.0)
  }

  func configure(_ job: inout EditJob) {
    if let size { job.settings.size = size }
    if let crop { job.settings.crop = crop }
    if let pasteBack { job.settings.pastesBack = pasteBack }
    if let feather { job.settings.feather = feather }
    if let matchSeam { job.settings.matchesSeam = matchSeam }
    job.drawsGrid = grid
    job.savedLatents = saveLatents
  }
}

@Sendable private func parseBox(_ text: String) throws -> Box {
  let sides = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
    Float(part.trimmingPrefix(while: \.isWhitespace))
  }
  guard sides.count == 4, case let numbers = sides.compactMap(\.self), numbers.count == 4,
    numbers.allSatisfy({ abs($0) <= 1e6 })
  else { throw ValidationError("expected four numbers, x0,y0,x1,y1") }
  let box = Box(numbers[0], numbers[1], numbers[2], numbers[3])
  guard box.x0 < box.x1, box.y0 < box.y1 else {
    throw ValidationError("it is empty or inverted: x0 < x1 and y0 < y1 are needed")
  }
  return box
}

@Sendable private func parseScales(_ text: String) throws -> [Float] {
  try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
    guard let scale = Float(part.trimmingPrefix(while: \.isWhitespace)), scale.isFinite else {
      throw ValidationError("expected numbers with commas between them, such as 1,3,5")
    }
    return scale
  }
}

@Sendable private func parseSize(_ text: String) throws -> EditSettings.WorkSize {
  if text == "model" { return .model }
  if text == "picture" { return .picture }
  let sides = text.split(omittingEmptySubsequences: false) { "xX×".contains($0) }.map { Int($0) }
  guard (1...2).contains(sides.count), let width = sides[0], let height = sides[sides.count - 1],
    (1...65_536).contains(width), (1...65_536).contains(height)
  else {
    throw ValidationError(
      "expected N or WxH in pixels, at most 65536 a side, such as 512 or 768x512, or `model` or "
        + "`picture`")
  }
  return .exactly(PictureSize(width: width, height: height))
}

extension BoxNotation: ExpressibleByArgument {}
extension Sampler: ExpressibleByArgument {}
extension ProductPrecision: ExpressibleByArgument {}
extension WeightChoice: ExpressibleByArgument {}
extension EditSettings.Crop: ExpressibleByArgument {}
extension EditSettings.PosteriorChoice: ExpressibleByArgument {}
