import Pictures

/// A way to fill the hole without a network, so that a table has a floor and a ceiling.
///
/// All work on pictures at their own size. "Inside" are the pixels of the mask that
/// are 128 or more; everything outside stays as it is. A baseline is a value in a file of its own and
/// a line in ``standard``.
public struct Baseline: Sendable {
  public let name: String
  /// What is done, as one would cite it beside the name.
  public let procedure: String
  /// The baseline's picture for a case, of the source's size; the reference is of any size.
  public let picture: @Sendable (_ source: Image, _ mask: EditMask, _ reference: Image) -> Image

  public init(
    _ name: String, procedure: String,
    picture: @escaping @Sendable (_ source: Image, _ mask: EditMask, _ reference: Image) -> Image
  ) {
    self.name = name
    self.procedure = procedure
    self.picture = picture
  }

  /// Those of this package, which are also methods: ``MethodDefinition/standard``.
  public static let standard: [Baseline] = [
    .copyPaste,
    .harmonisedCopyPaste,
    .poissonCopyPaste,
    .blurFill,
    .groundTruth,
  ]
}

extension Baseline: PaintingMethod {
  public var canvas: MethodCanvas { .picture }

  public func record(_ settings: EditSettings) -> MethodRecord {
    MethodRecord(name: name, procedure: procedure)
  }

  public func paint(
    _ task: PaintingTask, _ settings: EditSettings, progress: () throws -> Void
  ) throws -> Painting {
    let reference = task.reference ?? task.source
    let painted = picture(task.source, try EditMask(task.mask), reference)
    try progress()
    return Painting(picture: painted)
  }
}

extension MethodDefinition {
  /// - Parameter needsReference: whether it looks at the reference at all.
  init(_ baseline: Baseline, needsReference: Bool = true) {
    self.init(
      baseline.name, summary: baseline.procedure,
      needs: needsReference ? [.reference] : [], samples: false
    ) { _ in baseline }
  }
}

extension Image {
  /// The picture with the pixels of another of its size inside the mask.
  package func keeping(_ other: Image, inside mask: EditMask) -> Image {
    var result = self
    for i in mask.isInside.indices where mask.isInside[i] {
      for k in 3 * i..<3 * i + 3 { result.pixels[k] = other.pixels[k] }
    }
    return result
  }
}
