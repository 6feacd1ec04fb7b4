import Inference
import Models
import Pictures
import Tensors
import TestSupport
import Testing

/// `dccf`: what is pasted where, and that a harmoniser changes it alone.
@Suite struct HarmonisedPastingTests {
  private let folder: TemporaryFolder
  private let source = Hashed.picture("source", width: 40, height: 30)
  /// 20 × 20 at (12, 6).
  private let hole = GrayImage.rectangle(12, 6, 20, 20, in: (40, 30))

  init() throws {
    folder = try TemporaryFolder()
    var sizes = HarmoniserConfiguration(.issam)
    (sizes.depth, sizes.channels) = (4, 4)
    let weights = Hashed.harmoniser(sizes).parameters.weights
    try Safetensors.write(weights, to: folder.path("weights.safetensors"))
  }

  private func paint(_ reference: Image, _ object: GrayImage?) throws -> Image {
    var setup = MethodSetup()
    setup.harmoniser = folder.path("weights.safetensors")
    let task = PaintingTask(
      source: source, mask: hole, reference: reference, referenceMask: object)
    return try MethodDefinition.dccf(setup).paint(task, EditSettings()) {}.picture
  }

  private func filled() throws -> Image {
    try Baseline.blurFill.picture(source, EditMask(hole), source)
  }

  /// An object of 10 × 5 fills the hole's width, and half its height, in its middle.
  @Test func theObjectIsFittedIntoTheHole() throws {
    let object = GrayImage.rectangle(3, 4, 10, 5, in: (16, 12))
    let picture = try paint(Image(width: 16, height: 12, fill: (200, 40, 40)), object)
    let filled = try filled()
    for y in 0..<30 {
      for x in 0..<40 {
        let isObject = 12..<32 ~= x && 11..<21 ~= y
        let i = 3 * (y * 40 + x)
        let isFilled = picture.pixels[i..<i + 3] == filled.pixels[i..<i + 3]
        #expect(isObject || isFilled, "(\(x), \(y))")
      }
    }
    #expect(picture != filled)
  }

  @Test func withoutAMaskTheWholeReferenceIsPasted() throws {
    let reference = Hashed.picture("reference", width: 16, height: 12)
    let whole = GrayImage(width: 16, height: 12, fill: 255)
    #expect(try paint(reference, nil) == paint(reference, whole))
  }

  @Test func outsideTheHoleNothingChanges() throws {
    let picture = try paint(Hashed.picture("reference", width: 30, height: 50), nil)
    for i in hole.pixels.indices where hole.pixels[i] < 128 {
      #expect(picture.pixels[3 * i..<3 * i + 3] == source.pixels[3 * i..<3 * i + 3])
    }
  }

  @Test func theRecordSaysWhatWasPasted() throws {
    var setup = MethodSetup()
    setup.harmoniser = folder.path("weights.safetensors")
    func procedure(_ cutsOut: Bool?) throws -> String {
      setup.cutsOut = cutsOut
      return try MethodDefinition.dccf(setup).record(EditSettings()).procedure
    }
    #expect(try procedure(true).contains("cut out by its mask,"))
    #expect(try procedure(false).contains("the whole reference, since there is no mask"))
    #expect(try procedure(nil).contains("(the whole reference without)"))
    #expect(try procedure(true).contains("blur-fill"))
  }

  @Test func itNeedsAHarmoniser() throws {
    let error = #expect(throws: MethodError.self) { try MethodDefinition.dccf(MethodSetup()) }
    #expect(error == .missing(.harmoniser, of: "dccf"))
  }
}

extension GrayImage {
  /// A white rectangle on black.
  fileprivate static func rectangle(
    _ x: Int, _ y: Int, _ width: Int, _ height: Int, in size: (width: Int, height: Int)
  ) -> GrayImage {
    var picture = GrayImage(width: size.width, height: size.height, fill: 0)
    picture.draw(GrayImage(width: width, height: height, fill: 255), x: x, y: y)
    return picture
  }
}
