import Foundation
import Models
import Pictures
import Support
import Tensors

/// Runs jobs with one model: reads their files, edits, writes the results as they are made.
public struct EditSession: Sendable {
  private let editor: Editor
  private let model: String
  private let weights: WeightChoice

  /// - Parameters:
  ///   - path: a model folder or a run directory.
  ///   - weights: the averaged or the raw ones.
  /// - Throws: what is wrong with the model's files.
  public init(model path: String, weights: WeightChoice) throws {
    editor = Editor(try ModelFolder(at: path).model(weights))
    model = path
    self.weights = weights
  }

  /// - Parameters:
  ///   - job: checked before anything is read.
  ///   - progress: advances with each evaluation of the network.
  ///   - note: told what is worth knowing before the work begins.
  /// - Returns: the files written.
  /// - Throws: ``EditError``, `ImageError`, `FileError`, `SafetensorsError`.
  @discardableResult
  public func run(
    _ job: EditJob, _ progress: any ProgressTask, note: (EditNote) -> Void = { _ in }
  ) throws -> [String] {
    try job.validate()
    try job.checkOutputs()
    let source = try ImageFile.read(job.image, evenIfCutShort: true)
    let mask = try mask(job, source.image)
    let shown = try ImageFile.read(job.reference, evenIfCutShort: true)
    guard shown.isVisible else { throw EditError.invisibleReference(job.reference) }
    let reference = shown.image(on: .reference)
    let plan = try editor.plan(source: source, mask: mask, job.settings)
    let noise = try job.noise.map {
      try StartingNoise(file: $0, count: job.count, shape: editor.painter.latentShape(plan.size))
    }
    var told: Set<FileWarning> = []
    let warnings =
      source.warnings.about(job.image) + mask.warnings + shown.warnings.about(job.reference)
    for warning in warnings where told.insert(warning).inserted { note(.picture(warning)) }
    if let taken = EditNote(mask) { note(taken) }
    if mask.share < 0.02 {
      let region = plan.region.rectangle
      note(
        .smallMask(
          mask.name, share: mask.share,
          region: job.settings.crop == .none
            ? nil : PictureSize(width: region.width, height: region.height)))
    }
    let available = AvailableMemory.bytes
    note(.memory(try memory(job, plan, available), available: available))
    let prepared = try editor.prepare(plan, reference: reference)
    try edit(job, prepared, noise, reference, progress)
    return job.outputs
  }

  private func edit(
    _ job: EditJob, _ prepared: Editor.Prepared, _ noise: StartingNoise?, _ reference: Image,
    _ progress: any ProgressTask
  ) throws {
    let plan = prepared.plan
    var latents: [Tensor] = []
    var grid = SimilarityGrid(
      source: plan.workedPart(of: plan.source), reference: reference, scales: job.allScales)
    for result in job.results {
      var settings = job.settings
      (settings.scale, settings.seed) = (result.scale, result.seed)
      settings.noise = noise?[result.index]
      let edited = try editor.edit(prepared, settings) { try progress.advance() }
      let text = description(of: job, plan, scale: result.scale.shortest, seed: result.seed)
      try plan.stored(edited.picture, settings).writePNG(to: result.path, text: text)
      if job.savedLatents != nil { latents.append(edited.latents.transposed([0, 3, 1, 2])) }
      if job.drawsGrid {
        // Without paste-back the picture is that part already.
        let part = settings.pastesBack ? plan.workedPart(of: edited.picture) : edited.picture
        grid.add(part, seed: result.seed)
      }
    }
    if let file = job.savedLatents {
      try Safetensors.write(["latents": .concatenated(latents, axis: 0)], to: file)
    }
    if job.drawsGrid {
      let scales = job.allScales.map(\.shortest).joined(separator: ",")
      let text = description(of: job, plan, scale: scales, seed: job.settings.seed)
      try grid.image().writePNG(to: job.output, text: text)
    }
  }

  private func mask(_ job: EditJob, _ source: Image) throws -> RepaintMask {
    switch job.region {
    case .mask(let file): try RepaintMask(file: file, inverted: job.isInverted, for: source)
    case .box(let box): try RepaintMask(box: box, inverted: job.isInverted, for: source)
    case .fractions(let box):
      try RepaintMask(
        box: box.scaled(Float(source.width), Float(source.height)), inverted: job.isInverted,
        for: source)
    }
  }

  /// The memory that the job will need.
  ///
  /// - Throws: ``EditError/tooMuchMemory(_:available:fitting:)``.
  private func memory(
    _ job: EditJob, _ plan: Editor.Plan, _ available: Int?
  ) throws -> MemoryEstimate {
    let isGuided = job.allScales.contains { job.settings.conventions.guidance(at: $0) != 1 }
    let needed = editor.memory(for: plan, isGuided: isGuided)
    if let available, needed.total > available {
      let smaller = editor.largestSize(for: plan, isGuided: isGuided, available: available)
      throw EditError.tooMuchMemory(needed, available: available, fitting: smaller)
    }
    return needed
  }

  /// What a PNG says about itself.
  private func description(
    of job: EditJob, _ plan: Editor.Plan, scale: String, seed: UInt64
  ) -> [(key: String, value: String)] {
    let settings = job.settings
    return [
      ("Software", "pbe-sample"),
      ("version", Version.current),
      ("model", model.readablePath),
      ("weights", weights.rawValue),
      ("seed", "\(seed)"),
      ("sampler", settings.sampler.rawValue),
      ("steps", "\(settings.steps)"),
      ("scale", scale),
      ("eta", settings.eta.shortest),
      ("size", "\(plan.size.width)x\(plan.size.height)"),
      ("crop", settings.crop.rawValue),
      ("paste-back", settings.pastesBack ? "yes" : "no"),
      ("posterior", settings.posterior.rawValue),
      ("precision", settings.precision.inEffect.rawValue),
    ] + (settings.pastesBack ? pasteBack(settings) : [])
      + settings.conventions.parts.map { ($0.name, $0.value) }
      + (job.noise.map { [("noise", $0.readablePath)] } ?? [])
  }

  private func pasteBack(_ settings: EditSettings) -> [(key: String, value: String)] {
    [
      ("feather", settings.feather.shortest),
      ("match-seam", settings.matchesSeam ? "yes" : "no"),
    ]
  }
}
