import Foundation
import Models
import Pictures
import Support
import Tensors

/// Runs jobs with one model, or another method: reads their files, edits, writes the results as they
/// are made.
public struct EditSession: Sendable {
  private let engine: any EditEngine

  /// - Parameters:
  ///   - path: a model folder or a run directory.
  ///   - weights: the averaged or the raw ones.
  /// - Throws: what is wrong with the model's files.
  public init(model path: String, weights: WeightChoice) throws {
    engine = ModelEngine(
      editor: Editor(try ModelFolder(at: path).model(weights)), model: path, weights: weights)
  }

  init(_ engine: any EditEngine) { self.engine = engine }

  /// Reports to progress that a job's results make together.
  public func steps(_ job: EditJob) -> Int {
    max(job.scales.count, 1) * job.count * engine.steps(job.settings)
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
    try engine.check(job)
    try job.checkOutputs()
    let source = try ImageFile.read(job.image, evenIfCutShort: true)
    let mask = try mask(job, source.image)
    let inputs = try EditInputs(job)
    let plan = try engine.plan(source: source, mask: mask, job.settings)
    let noise = try job.noise.map {
      try StartingNoise(file: $0, count: job.count, shape: engine.latentShape(plan.size))
    }
    var told: Set<FileWarning> = []
    let warnings = source.warnings.about(job.image) + mask.warnings + inputs.warnings
    for warning in warnings where told.insert(warning).inserted { note(.picture(warning)) }
    if let taken = EditNote(mask) { note(taken) }
    if mask.share < 0.02, engine.isShownTheRegion {
      let region = plan.region.rectangle
      note(
        .smallMask(
          mask.name, share: mask.share,
          region: job.settings.crop == .none
            ? nil : PictureSize(width: region.width, height: region.height)))
    }
    let available = AvailableMemory.bytes
    if let needed = try memory(job, plan, available) {
      note(.memory(needed, available: available))
    }
    try edit(job, plan, try engine.prepare(plan, inputs), noise, inputs, progress)
    return job.outputs
  }

  private func edit(
    _ job: EditJob, _ plan: Editor.Plan, _ prepared: PreparedEdit, _ noise: StartingNoise?,
    _ inputs: EditInputs, _ progress: any ProgressTask
  ) throws {
    var latents: [Tensor] = []
    let part = plan.workedPart(of: plan.source)
    var grid = SimilarityGrid(
      source: part, reference: inputs.reference ?? part, scales: job.allScales)
    for result in job.results {
      var settings = job.settings
      (settings.scale, settings.seed) = (result.scale, result.seed)
      settings.noise = noise?[result.index]
      let edited = try prepared(settings) { try progress.advance() }
      let text = description(of: job, plan, scale: result.scale.shortest, seed: result.seed)
      try plan.stored(edited.picture, settings).writePNG(to: result.path, text: text)
      if job.savedLatents != nil, let made = edited.latents {
        latents.append(made.transposed([0, 3, 1, 2]))
      }
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

  /// The memory that the job will need, where that is known.
  ///
  /// - Throws: ``EditError/tooMuchMemory(_:available:fitting:)``.
  private func memory(
    _ job: EditJob, _ plan: Editor.Plan, _ available: Int?
  ) throws -> MemoryEstimate? {
    let isGuided = job.allScales.contains { job.settings.conventions.guidance(at: $0) != 1 }
    let needed = engine.memory(for: plan, isGuided: isGuided)
    if let needed, let available, needed.total > available {
      let smaller = engine.largestSize(for: plan, isGuided: isGuided, available: available)
      throw EditError.tooMuchMemory(needed, available: available, fitting: smaller)
    }
    return needed
  }

  /// What a PNG says about itself.
  private func description(
    of job: EditJob, _ plan: Editor.Plan, scale: String, seed: UInt64
  ) -> [(key: String, value: String)] {
    [("Software", "pbe-sample"), ("version", Version.current)]
      + engine.description(of: job, plan, scale: scale, seed: seed)
      + (job.noise.map { [("noise", $0.readablePath)] } ?? [])
  }
}
