import Foundation
import Pictures
import Support
import Tensors

/// Cases to test a model on, in COCOEE's layout: a picture, where to repaint it, and an exemplar.
///
/// Beside COCOEE's folders, `True_3500` holds for each case what stands behind the mask,
/// `RefMask_3500` where the exemplar's object is (white), and `captions.jsonl` what it is called.
package struct SceneBench: Sendable {
  package struct Case: Sendable, Equatable {
    package let source: Image
    package let mask: GrayImage
    /// An object of another scene, whose box has about the proportions of the one behind the mask.
    package let reference: Image
    /// White where the reference shows its object.
    package let referenceMask: GrayImage
    /// Of the reference's object.
    package let caption: Caption
    /// The object behind the mask.
    package let truth: Image
  }

  private let settings: SceneSettings
  private var size: Int { settings.size }

  package init(_ settings: SceneSettings) { self.settings = settings }

  /// The share of the picture that a mask covers.
  static let maskShare: ClosedRange<Float> = 0.2...0.5
  /// By how much of its sides the box is grown to be the mask; COCOEE's masks are the boxes.
  static let growth: ClosedRange<Float> = 0...0.1
  /// How far the proportions of an exemplar's box may be from those of the box behind the mask.
  static let widestRatio: Float = 1.25

  /// How much more red than blue an exemplar's colour has in a case of even number, and less in one
  /// of odd. The reference that is a case's control, the next one's, then differs from its own.
  static let warmth: Float = 0.15

  /// One case; scenes are drawn until one has an object of a fitting size in full view.
  package func makeCase(_ index: Int) -> Case {
    var random = stream("choice", index)
    let (source, behind) = pick("source", index, &random) {
      Self.maskShare.contains(share(grown($1.box, by: Self.growth.lowerBound)))
        && Self.maskShare.contains(share(grown($1.box, by: Self.growth.upperBound)))
    }
    let (other, exemplar) = pick("reference", index, &random) {
      share($1.box) > Self.maskShare.lowerBound && Self.isAlike($1.box, behind.box)
        && Self.isWarm($0.objects[$1.index], index % 2 == 0)
    }
    let growth = random.uniform(Self.growth.lowerBound, Self.growth.upperBound)
    let picture = source.render(size: size).image
    let shown = other.render(size: size)
    let outline = GrayImage(
      width: size, height: size,
      pixels: shown.owners.map { Int($0) == exemplar.index ? 255 : 0 })
    return Case(
      source: picture,
      mask: mask(grown(behind.box, by: growth)),
      reference: shown.image.cropped(to: margin(exemplar.box)),
      referenceMask: outline.cropped(to: margin(exemplar.box)),
      caption: other.objects[exemplar.index].caption,
      truth: picture.cropped(to: margin(behind.box)))
  }

  /// Training draws from other purposes, so that nothing here was ever seen.
  private func stream(_ purpose: String, _ index: Int, attempt: Int = 0) -> RandomStream {
    RandomStream(
      seed: settings.seed, purpose: "scenes bench " + purpose,
      index: UInt64(attempt) << 32 | UInt64(index))
  }

  private func pick(
    _ purpose: String, _ index: Int, _ random: inout RandomStream,
    where isFitting: (Scene, VisibleObject) -> Bool
  ) -> (Scene, VisibleObject) {
    var attempt = 0
    while true {
      let scene = settings.scene(stream(purpose, index, attempt: attempt))
      let fitting = scene.visibleObjects(size: size).filter {
        $0.visibleFraction > 0.9 && isInside($0.box) && isFitting(scene, $0)
      }
      if let object = fitting.randomElement(using: &random) { return (scene, object) }
      attempt += 1
    }
  }
}

// MARK: - Geometry

extension SceneBench {
  private func isInside(_ box: PixelRectangle) -> Bool {
    box.x > 0 && box.y > 0 && box.x + box.width < size && box.y + box.height < size
  }

  /// Whether two boxes have about the same proportions: COCOEE's exemplars, too, were looked for by
  /// the object that they replace.
  static func isAlike(_ a: PixelRectangle, _ b: PixelRectangle) -> Bool {
    let ratio = Float(a.width * b.height) / Float(a.height * b.width)
    return (1 / widestRatio...widestRatio).contains(ratio)
  }

  /// Whether an object's colour lies on that side of neutral, clearly.
  private static func isWarm(_ object: SceneObject, _ isWarm: Bool) -> Bool {
    let difference = object.material.base.x - object.material.base.z
    return isWarm ? difference > warmth : difference < -warmth
  }

  private func share(_ box: PixelRectangle) -> Float {
    Float(box.width * box.height) / Float(size * size)
  }

  /// The box made larger by a share of its sides, half of it on each, within the picture.
  private func grown(_ box: PixelRectangle, by share: Float) -> PixelRectangle {
    let x = Int((Float(box.width) * share / 2).rounded(.up))
    let y = Int((Float(box.height) * share / 2).rounded(.up))
    return grown(box, x, y)
  }

  /// The box with a narrow margin, as exemplars are cut.
  private func margin(_ box: PixelRectangle) -> PixelRectangle {
    grown(box, size / 64, size / 64)
  }

  private func grown(_ box: PixelRectangle, _ x: Int, _ y: Int) -> PixelRectangle {
    let left = max(box.x - x, 0)
    let top = max(box.y - y, 0)
    return PixelRectangle(
      x: left, y: top, width: min(box.x + box.width + x, size) - left,
      height: min(box.y + box.height + y, size) - top)
  }

  private func mask(_ hole: PixelRectangle) -> GrayImage {
    var mask = GrayImage(
      width: size, height: size, pixels: [UInt8](repeating: 0, count: size * size))
    for y in hole.y..<hole.y + hole.height {
      for x in hole.x..<hole.x + hole.width { mask.pixels[y * size + x] = 255 }
    }
    return mask
  }
}

// MARK: - Files

extension SceneBench {
  private enum Part: String, CaseIterable {
    case source = "bench/GT_3500"
    case mask = "bench/Mask_bbox_3500"
    case reference = "bench/Ref_3500"
    case truth = "bench/True_3500"
    case referenceMask = "bench/RefMask_3500"

    func file(_ id: Int) -> String {
      let suffix =
        switch self {
        case .source: "GT"
        case .mask: "mask"
        case .reference: "ref"
        case .truth: "true"
        case .referenceMask: "refmask"
        }
      return "\(rawValue)/\(String(format: "%012d", id))_\(suffix).png"
    }
  }

  /// What the exemplars' objects are called, a line a case.
  static let captionFile = "bench/captions.jsonl"

  func write(to folder: SceneFolder, _ progress: any ProgressTask) throws {
    for part in Part.allCases { try folder.makeFolder(part.rawValue) }
    let ids = Array(1...settings.bench)
    let captions = try parallelMap(settings.bench) { index in
      let item = makeCase(index)
      if !Part.allCases.allSatisfy({ folder.holdsPicture($0.file(ids[index])) }) {
        try write(item, id: ids[index], to: folder)
      }
      try progress.advance()
      return Self.line(item.caption, id: ids[index])
    }
    try AtomicFile.write(NumPyFile.vector(ids), to: folder.file("bench/id_list.npy"))
    try folder.write(captions.joined(), to: Self.captionFile)
  }

  /// The caption, and under `caption_1` to `caption_4` the object in one to four.
  private static func line(_ caption: Caption, id: Int) -> String {
    let fields =
      [("id", String(format: "%012d", id)), ("class", caption.noun), ("caption", caption.text)]
      + zip(1..., caption.details).map { ("caption_\($0)", $1) }
    return "{" + fields.map { "\"\($0)\": \"\($1)\"" }.joined(separator: ", ") + "}\n"
  }

  private func write(_ item: Case, id: Int, to folder: SceneFolder) throws {
    try folder.write(picture: item.source.pngData(), to: Part.source.file(id))
    try folder.write(picture: item.mask.pngData(), to: Part.mask.file(id))
    try folder.write(picture: item.reference.pngData(), to: Part.reference.file(id))
    try folder.write(picture: item.referenceMask.pngData(), to: Part.referenceMask.file(id))
    try folder.write(picture: item.truth.pngData(), to: Part.truth.file(id))
  }
}
