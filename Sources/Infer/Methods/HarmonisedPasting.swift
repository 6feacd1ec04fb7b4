import Autograd
import Models
import Pictures
import Support

extension MethodDefinition {
  /// Cut out, paste, harmonise.
  public static let dccf = MethodDefinition(
    "dccf",
    summary: "the reference's object cut out and pasted into the filled hole, its colours "
      + "harmonised by DCCF (Xue et al. 2022)",
    needs: [.harmoniser, .reference], uses: [.referenceMask], samples: false
  ) { try HarmonisedPasting($0) }
}

/// Pastes the reference's object and fits its colours to their surroundings by DCCF.
struct HarmonisedPasting: PaintingMethod {
  private let harmoniser: Component<Harmoniser>
  /// The file or folder of its weights.
  private let place: String
  private let cutsOut: Bool?

  init(_ setup: MethodSetup) throws {
    place = try Harmoniser.place(of: setup.harmoniser ?? "", setup.weights)
    harmoniser = try Harmoniser.load(from: place)
    cutsOut = setup.cutsOut
  }

  var canvas: MethodCanvas { .picture }

  func record(_ settings: EditSettings) -> MethodRecord {
    let sizes = harmoniser.network.configuration
    return MethodRecord(
      name: "dccf",
      procedure: "the hole filled by blur-fill (the paper: LaMa); \(pasted), made to fit into the "
        + "hole's box in its own proportions and pasted in its middle; harmonised by DCCF (Xue et al. "
        + "2022), whose network sees \(sizes.sampleSize)×\(sizes.sampleSize) pixels; of its result the "
        + "pasted pixels",
      settings: ["harmoniser-backbone": .string(sizes.backbone.rawValue)],
      files: ["harmoniser": place])
  }

  private var pasted: String {
    switch cutsOut {
    case true: "the reference's object, cut out by its mask"
    case false: "the whole reference, since there is no mask of its object (the paper: its object)"
    case nil: "the reference's object, cut out by its mask or opacity (the whole reference without)"
    }
  }

  func paint(
    _ task: PaintingTask, _ settings: EditSettings, progress: () throws -> Void
  ) throws -> Painting {
    let composite = CutOut(
      of: task.reference ?? task.source, object: task.referenceMask, into: task.source,
      inside: try EditMask(task.mask))
    let picture = harmoniser.network.harmonised(composite.picture, inside: composite.isObject)
    try progress()
    return Painting(picture: picture)
  }
}
