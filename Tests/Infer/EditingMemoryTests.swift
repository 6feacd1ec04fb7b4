import Autograd
import Foundation
import Inference
import Models
import Pictures
import TestSupport
import Testing

/// What an edit is said to need, and what it leaves in memory.
@Suite struct EditingMemoryTests {
  /// The published model's sizes; weights are made when used, so that this costs nothing.
  private static let full = PaintByExampleModel(
    unet: Component<UNet>(UNetConfiguration()),
    autoencoder: Component<Autoencoder>(AutoencoderConfiguration()),
    conditioner: ImageConditioner(Component(ImageEncoderConfiguration())),
    schedule: NoiseSchedule(count: 1000, start: 0.00085, end: 0.012), prediction: .noise,
    latentScale: 0.18215)

  private func estimate(_ side: Int, isGuided: Bool = true) throws -> MemoryEstimate {
    let editor = Editor(Self.full)
    let source = Image(width: 512, height: 512)
    let mask = try RepaintMask(box: Box(100, 100, 200, 200), for: source)
    var settings = EditSettings()
    settings.size = .exactly(PictureSize(width: side, height: side))
    return editor.memory(
      for: try editor.plan(source: source, mask: mask, settings), isGuided: isGuided)
  }

  @Test func theFullSizeModelFitsIntoEightGigabytesAt512Pixels() throws {
    let full = try estimate(512)
    #expect(full.weights == 4 * 859_535_364)  // the UNet's part is the largest
    #expect(full.total > 4_000_000_000 && full.total < 8_000_000_000)
  }

  @Test func largerPicturesAndGuidanceNeedMore() throws {
    let sides = try [512, 1024, 2048, 4096].map { try estimate($0).total }
    #expect(sides == sides.sorted() && sides[3] > 8 * sides[1] / 2)
    #expect(try estimate(512, isGuided: false).total < sides[0])
  }

  @Test func suggestsTheLargestSizeThatFits() throws {
    let editor = Editor(Self.full)
    let source = Image(width: 3000, height: 1500)
    let mask = try RepaintMask(box: Box(0, 0, 2000, 1400), for: source)
    var settings = EditSettings()
    settings.size = .exactly(PictureSize(width: 4096, height: 2048))
    let plan = try editor.plan(source: source, mask: mask, settings)
    let size = try #require(
      editor.largestSize(for: plan, isGuided: true, available: 12_000_000_000))
    #expect(abs(size.width - 2 * size.height) <= 64 && (512..<4096).contains(size.width))
    #expect(
      editor.memory(for: plan, size: size, isGuided: true).total <= 12_000_000_000)
    #expect(editor.largestSize(for: plan, isGuided: true, available: 1_000_000_000) == nil)
  }

  @Test func weightsThatAreReadAgainGiveTheSameResult() throws {
    let folder = try TemporaryFolder()
    try TinyModel.write(to: folder.file("model").path)
    let model = try ModelFolder(at: folder.file("model").path).model()
    let source = Image(width: 50, height: 41, fill: (90, 120, 30))
    let mask = try RepaintMask(box: Box(10, 10, 30, 30), for: source)
    var settings = EditSettings()
    settings.steps = 2
    func edit() throws -> Image {
      let editor = Editor(model)
      let plan = try editor.plan(source: source, mask: mask, settings)
      return try editor.edit(editor.prepare(plan, reference: source), settings).picture
    }
    let first = try edit()
    #expect(first.width == 50 && first.height == 41 && first != source)
    #expect(try edit() == first)
  }
}
