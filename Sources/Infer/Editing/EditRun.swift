import Foundation
import Pictures
import Support
import Tensors

/// An edit that is checked and planned: pictures in memory in, pictures in memory out.
///
/// Commands, which read and write files, and servers run the same.
public struct EditRun: Sendable {
  private let engine: any EditEngine
  private let series: EditSeries
  private let inputs: EditInputs
  let plan: Editor.Plan
  /// The noise that each seed starts from, instead of drawn noise, and its file.
  private let noise: (rows: StartingNoise, file: String)?

  /// - Throws: ``EditError``, `SafetensorsError`.
  init(
    _ engine: any EditEngine, _ series: EditSeries, _ inputs: EditInputs, noise file: String? = nil
  ) throws {
    (self.engine, self.series, self.inputs) = (engine, series, inputs)
    let plan = try engine.plan(source: inputs.source, mask: inputs.mask, series.settings)
    self.plan = plan
    noise = try file.map {
      (
        try StartingNoise(
          file: $0, count: series.count, shape: engine.latentShape(plan.size)), $0
      )
    }
  }

  /// Share of the picture that is repainted, 0…1.
  public var share: Double { inputs.mask.share }
  /// The part of the picture that is worked on.
  public var region: PixelRectangle { plan.region.rectangle }
  /// Width and height at which the network works.
  public var size: PictureSize { plan.size }

  /// What is worth knowing before the work begins, its memory apart.
  public var notes: [EditNote] {
    var notes = inputs.notes
    let mask = inputs.mask
    if let taken = EditNote(mask) { notes.append(taken) }
    if mask.share < 0.02, engine.isShownTheRegion {
      let seen = PictureSize(width: region.width, height: region.height)
      notes.append(
        .smallMask(
          mask.name, share: mask.share, region: series.settings.crop == .none ? nil : seen))
    }
    return notes
  }

  /// The memory that will be needed, where that is known, and what is there now; bytes.
  public var memory: (needed: MemoryEstimate?, available: Int?) {
    let needed = engine.memory(for: plan, isGuided: series.isGuided)
    return (needed?.adding(references: references), AvailableMemory.bytes)
  }

  private var references: [PictureSize] { inputs.references.map { PictureSize($0.picture) } }

  /// What is to be said of the memory that will be needed, where that is known.
  ///
  /// - Throws: ``EditError/tooMuchMemory(_:available:fitting:)``.
  public func checkMemory() throws -> EditNote? {
    let (needed, available) = memory
    guard let needed else { return nil }
    if let available, needed.total > available {
      let taken = references.map(MemoryEstimate.bytes(ofReference:)).reduce(0, +)
      let smaller = engine.largestSize(
        for: plan, isGuided: series.isGuided, available: available - taken)
      throw EditError.tooMuchMemory(needed, available: available, fitting: smaller)
    }
    return .memory(needed, available: available)
  }

  /// Makes the results, one after the other.
  ///
  /// - Parameters:
  ///   - progress: called after each evaluation of the network; what it throws ends the work.
  ///   - watch: told after each evaluation what the network then takes the clean latents for, which a
  ///     ``LatentPreview`` shows.
  ///   - body: given each result when it is made.
  /// - Throws: ``EditError``, `ImageError`; what `progress` and `body` throw.
  public func forEachResult(
    progress: () throws -> Void, watch: (Tensor) -> Void = { _ in },
    _ body: (EditResult) throws -> Void
  ) throws {
    // What is kept for reuse would count as taken where the next edit's memory is checked.
    defer { StoragePool.releaseFreeBlocks() }
    let prepared = try engine.prepare(plan, inputs)
    for member in series.members {
      var settings = series.settings
      (settings.scale, settings.seed) = (member.scale, member.seed)
      settings.noise = noise?.rows[member.index]
      let painted = try prepared(settings, progress, watch)
      let text = description(scale: member.scale.shortest, seed: member.seed)
      try body(
        EditResult(
          scale: member.scale, seed: member.seed,
          stored: plan.stored(painted.picture, settings), text: text, painted: painted))
    }
  }

  /// What a PNG says about itself.
  func description(scale: String, seed: UInt64) -> [(key: String, value: String)] {
    [("Software", "pbe-sample"), ("version", Version.current)]
      + engine.description(of: series.settings, inputs, plan, scale: scale, seed: seed)
      + (noise.map { [("noise", $0.file.readablePath)] } ?? [])
  }

  /// What a table of the results has in its first columns: source and references.
  var gridInputs: (source: Image, reference: Image) {
    let part = plan.workedPart(of: plan.source)
    return (part, inputs.references.row ?? part)
  }
}

/// One picture of an ``EditRun``.
public struct EditResult: Sendable {
  public let scale: Float
  public let seed: UInt64
  /// As it is to be written: with the source's samples, profile and opacity outside the mask.
  public let stored: StoredImage
  /// What its file says about itself.
  public let text: [(key: String, value: String)]
  let painted: Painting

  public var size: PictureSize { PictureSize(stored.colors) }

  /// The file's bytes.
  ///
  /// - Throws: `ImageError`.
  public func pngData() throws -> Data { try stored.pngData(text: text) }
}
