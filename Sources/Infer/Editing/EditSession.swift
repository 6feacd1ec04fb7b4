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
  ///   - adapters: what the model is merged with.
  ///   - residency: whether networks stay in memory between jobs.
  ///   - decoder: what makes pictures of latents.
  /// - Throws: what is wrong with the model's files.
  public init(
    model path: String, weights: WeightChoice, adapters: [AdapterSource] = [],
    residency: Editor.Residency = .release, decoder: DecoderChoice = .full
  ) throws {
    let model = try ModelFolder(at: path, adapters: adapters).model(weights, decoder: decoder)
    engine = ModelEngine(
      editor: Editor(model, residency: residency), model: path, weights: weights,
      adapters: adapters, decoder: decoder)
  }

  init(_ engine: any EditEngine) { self.engine = engine }

  /// Pixels a side that the model was made for; nil for methods that paint at any size.
  public var side: Int? { engine.side }

  /// How it samples where nothing is said.
  public var usualSampler: Sampler { engine.usualSampler }

  /// What of the model's files had no place in it, a sentence each.
  public var notes: [String] { engine.notes }

  /// Reports to progress that a job's results make together.
  public func steps(_ job: EditJob) -> Int { steps(job.series) }

  /// Reports to progress that a series' results make together.
  public func steps(_ series: EditSeries) -> Int { series.results * engine.steps(series.settings) }

  /// An edit of pictures that lie in memory.
  ///
  /// - Throws: ``EditError``.
  public func run(_ series: EditSeries, _ inputs: EditInputs) throws -> EditRun {
    try series.validate()
    return try EditRun(engine, series, inputs)
  }

  /// Frees the memory of weights that were kept, which come back from their files when next needed.
  public func release() { engine.release() }

  /// How latents look, for pictures of results as they form; nil for methods that show none. Making it
  /// takes about as long as encoding a picture.
  public func preview() -> LatentPreview? { engine.preview() }

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
    try engine.check(GivenInputs(job))
    try job.checkOutputs()
    let run = try EditRun(engine, job.series, EditInputs(job), noise: job.noise)
    run.notes.forEach(note)
    if let memory = try run.checkMemory() { note(memory) }
    try write(run, job, progress)
    return job.outputs
  }

  private func write(_ run: EditRun, _ job: EditJob, _ progress: any ProgressTask) throws {
    var latents: [Tensor] = []
    var paths = job.results.map(\.path).makeIterator()
    let shown = run.gridInputs
    var grid = SimilarityGrid(
      source: shown.source, reference: shown.reference, scales: job.series.allScales)
    try run.forEachResult(progress: { try progress.advance() }) { result in
      guard let path = paths.next() else { return }
      try result.stored.writePNG(to: path, text: result.text)
      if job.savedLatents != nil, let made = result.painted.latents {
        latents.append(made.transposed([0, 3, 1, 2]))
      }
      if job.drawsGrid {
        // Without paste-back the picture is that part already.
        let picture = result.painted.picture
        grid.add(
          job.settings.pastesBack ? run.plan.workedPart(of: picture) : picture, seed: result.seed)
      }
    }
    if let file = job.savedLatents {
      try Safetensors.write(["latents": .concatenated(latents, axis: 0)], to: file)
    }
    if job.drawsGrid {
      let scales = job.series.allScales.map(\.shortest).joined(separator: ",")
      let text = run.description(scale: scales, seed: job.settings.seed)
      try grid.image().writePNG(to: job.output, text: text)
    }
  }
}
