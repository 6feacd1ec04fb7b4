import Pictures
import Tensors

/// Composites and what they should look like, stacked: what a harmoniser learns from.
public struct HarmonyBatch: Sendable, Equatable {
  /// With the object in other colours: `[N, S, S, 3]` in [0, 1].
  public var composite: Tensor
  /// As it was.
  public var target: Tensor
  /// 1 where the object is, fractions on its border: `[N, S, S, 1]`.
  public var mask: Tensor

  public init(composite: Tensor, target: Tensor, mask: Tensor) {
    (self.composite, self.target, self.mask) = (composite, target, mask)
  }
}

/// Pictures with an object recoloured: the pixels of its mask where the dataset has one, else the region that
/// a hole would have, given or drawn as for the diffusion model.
public struct HarmonyProducer: ItemProducer {
  public struct Fields: Sendable {
    let composite, target, mask: BatchField
  }

  public let synthesizer: TripletSynthesizer
  public let recolouring: Recolouring

  /// - Throws: ``SynthesisError/setting(key:found:expected:)``.
  public init(_ settings: TripletSettings, _ recolouring: Recolouring) throws {
    synthesizer = try TripletSynthesizer(settings)
    try recolouring.validate()
    self.recolouring = recolouring
  }

  public func fields(count: Int) -> Fields {
    let size = synthesizer.settings.imageSize
    return Fields(
      composite: BatchField([size, size, 3], count: count),
      target: BatchField([size, size, 3], count: count),
      mask: BatchField([size, size, 1], count: count))
  }

  public func produce(
    _ record: DatasetRecord, using random: inout RandomStream, into item: ItemBuffers<Fields>
  ) throws {
    let change = recolouring.drawn(using: &random)
    var source = try TripletSource(record, readsObjectMasks: true)
    item.warn(source.warnings)
    source.references = []
    var plan = try synthesizer.plan(for: source, using: &random)
    if let object = source.objectMask(plan.object ?? 0) { plan.mask = .picture(object) }
    let (composite, target, mask) = (item.composite, item.target, item.mask)
    // The masked picture is not needed: its place is taken by the composite.
    synthesizer.draw(plan, source, image: target, mask: mask, maskedImage: composite)
    for i in 0..<mask.count {
      let share = 1 - mask[i]
      let pixel = (SIMD3(target[3 * i], target[3 * i + 1], target[3 * i + 2]) + 1) / 2
      let changed = pixel + (change(pixel) - pixel) * share
      mask[i] = share
      for c in 0..<3 { (target[3 * i + c], composite[3 * i + c]) = (pixel[c], changed[c]) }
    }
  }

  public func batch(_ fields: Fields) -> HarmonyBatch {
    HarmonyBatch(
      composite: fields.composite.tensor, target: fields.target.tensor, mask: fields.mask.tensor)
  }
}
