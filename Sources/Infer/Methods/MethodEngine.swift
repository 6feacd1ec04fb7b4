import Models
import Pictures
import Support

extension EditSession {
  /// A session that edits with a method.
  ///
  /// - Throws: ``MethodError``; what is wrong with the method's files.
  public init(_ definition: MethodDefinition, _ setup: MethodSetup) throws {
    self.init(MethodEngine(definition: definition, method: try definition(setup)))
  }
}

/// Edits with a method: crops, paints and puts back as for the model, where the method paints at a
/// model's size; on the picture as it is, where it doesn't.
struct MethodEngine: EditEngine {
  let definition: MethodDefinition
  let method: any PaintingMethod

  private var model: ModelCanvas? {
    if case .model(let canvas) = method.canvas { canvas } else { nil }
  }

  var notes: [String] { method.notes }
  var isShownTheRegion: Bool { model != nil }
  var side: Int? { model?.side }
  var usualSampler: Sampler { definition.sampler ?? .plms }

  func check(_ given: GivenInputs) throws {
    let needs: [MethodNeed: Bool] = [
      .reference: given.reference,
      // A reference may be cut out already: its opacity is the mask.
      .referenceMask: given.referenceMask || given.reference,
      .text: given.text,
    ]
    guard given.references <= definition.mostReferences else {
      throw MethodError.severalReferences(given.references, of: definition.name)
    }
    for (need, isGiven) in needs.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      guard definition.needs.contains(need) != isGiven, !definition.uses.contains(need) else {
        continue
      }
      guard isGiven else { throw MethodError.missing(need, of: definition.name) }
      let isSpare = need == .referenceMask ? given.referenceMask : need == .text
      guard !isSpare else { throw MethodError.unused(need, of: definition.name) }
    }
  }

  func steps(_ settings: EditSettings) -> Int { method.steps(settings) }

  func plan(
    source: DecodedImage, mask: RepaintMask, _ settings: EditSettings
  ) throws -> Editor.Plan {
    try settings.validate()
    let picture = PictureSize(source.image)
    let region = try WorkRegion(
      picture: picture, bounds: mask.bounds, crop: model == nil ? .none : settings.crop,
      size: model == nil ? .picture : settings.size,
      modelSize: model?.side ?? max(picture.width, picture.height), multiple: model?.multiple ?? 1)
    var plan = Editor.Plan(
      source: source.image, mask: mask, region: region, conventions: settings.conventions,
      precision: settings.precision)
    plan.file = SourceFile(source)
    return plan
  }

  func memory(for plan: Editor.Plan, isGuided: Bool) -> MemoryEstimate? { nil }

  func largestSize(for plan: Editor.Plan, isGuided: Bool, available: Int) -> PictureSize? { nil }

  func latentShape(_ size: PictureSize) throws -> [Int] {
    guard let model else { throw MethodError.noNoise(definition.name) }
    return [
      1, size.height / model.downsampling, size.width / model.downsampling, model.latentChannels,
    ]
  }

  func prepare(_ plan: Editor.Plan, _ inputs: EditInputs) throws -> PreparedEdit {
    let reference = inputs.references.first
    guard !definition.needs.contains(.referenceMask) || reference?.mask != nil else {
      throw MethodError.missing(.referenceMask, of: definition.name)
    }
    let hole = plan.region.hole(of: plan.mask.pixels)
    guard hole.pixels.contains(0) else {
      throw EditError.nothingVisible(plan.mask.name, size: plan.size)
    }
    var task = PaintingTask(
      source: plan.region.part(of: plan.source), mask: hole, reference: reference?.picture,
      referenceMask: reference?.mask, text: inputs.text)
    task.views = inputs.references.map(\.shown)
    return { [task] settings, progress, _ in
      let painted = try method.paint(task, settings, progress: progress)
      let content = plan.region.content(of: painted.picture)
      guard let model else {
        // It kept what is outside the mask itself; only transparency is still to be minded.
        let picture = plan.pasted(content) { $0.replacing(content, where: plan.mask.pixels) }
        return Painting(picture: picture, latents: painted.latents)
      }
      return Painting(
        picture: plan.pasted(content, settings, downsampling: model.downsampling),
        latents: painted.latents)
    }
  }

  func release() {}

  func preview() -> LatentPreview? { nil }

  func description(
    of settings: EditSettings, _ inputs: EditInputs, _ plan: Editor.Plan, scale: String,
    seed: UInt64
  ) -> [(key: String, value: String)] {
    let record = method.record(settings)
    var facts = [("method", record.name), ("procedure", record.procedure)]
    facts += record.files.sorted { $0.key < $1.key }.map { ($0.key, $0.value.readablePath) }
    facts.append(("seed", "\(seed)"))
    facts += record.settings.sorted { $0.key < $1.key }.map { key, value in
      (key, key == "scale" ? scale : value.plainText)
    }
    if let text = inputs.prompt { facts.append(("prompt", text)) }
    facts += inputs.references.description
    facts += [("class", inputs.subject), ("caption", inputs.caption)].compactMap { key, value in
      value.map { (key, $0) }
    }
    facts.append(("size", "\(plan.size.width)x\(plan.size.height)"))
    guard model != nil else { return facts }
    facts.append(("crop", settings.crop.rawValue))
    facts.append(("paste-back", settings.pastesBack ? "yes" : "no"))
    return facts + settings.pasteBackDescription
  }
}
