import Commands
import Inference
import Pictures
import Tensors

/// A whole picture from files to file, as diffusers does it.
///
/// `short` takes a few steps only: to warm up, and to compare before rounding errors have grown.
struct PictureWork: Work {
  let cases = ["whole", "short"]
  private static let shortSteps = 4
  private let session: EditSession
  private let job: EditJob

  init(_ options: WorkOptions) throws {
    job = try EditJob(options)
    session = try EditSession(
      model: options.required(\.model, "--model"), weights: .raw,
      decoder: options.tinyDecoder.map { DecoderChoice($0) } ?? .full)
  }

  func run(_ name: String) throws -> () throws -> [String: Tensor] {
    var job = job
    if name == "short" { job.settings.steps = Self.shortSteps }
    let progress = ProgressBar("sampling", total: job.evaluations, unit: "evaluation")
    let files = try session.run(job, progress)
    progress.finish()
    return { ["picture": try Tensor(pictureFile: files[0])] }
  }
}

extension EditJob {
  init(_ options: WorkOptions) throws {
    self.init(
      image: try options.required(\.image, "--image"),
      region: .mask(try options.required(\.mask, "--mask")),
      reference: try options.required(\.reference, "--reference"),
      output: try options.required(\.output, "--output"))
    settings.follow(.diffusers)
    if options.tinyDecoder != nil { settings.use(.lcm) }
    settings.steps = options.steps
    settings.precision = options.precision.products
  }
}

extension Tensor {
  /// A picture file's values in 0…1, `[H, W, 3]`.
  init(pictureFile path: String) throws {
    let image = try ImageFile.read(path).image
    self.init([image.height, image.width, 3], image.pixels.map { Float($0) / 255 })
  }
}
