import Foundation
import Inference
import Models
import Pictures
import Support
import Synchronization
import Tensors
import TestSupport
import Testing

/// What those who keep an editor for many edits rely on.
@Suite struct EditorTests {
  private let folder: TemporaryFolder
  private let model: PaintByExampleModel
  private let source = Image(width: 50, height: 41, fill: (90, 120, 30))

  init() throws {
    folder = try TemporaryFolder()
    try TinyModel.write(to: folder.path("model"))
    model = try ModelFolder(at: folder.path("model")).model()
  }

  private func edit(
    _ editor: Editor, seed: UInt64 = 1, progress: () throws -> Void = {}
  ) throws -> Image {
    let mask = try RepaintMask(box: Box(10, 10, 30, 30), for: source)
    var settings = EditSettings()
    (settings.steps, settings.seed) = (3, seed)
    let plan = try editor.plan(source: source, mask: mask, settings)
    let prepared = try editor.prepare(plan, reference: source)
    return try editor.edit(prepared, settings, progress: progress).picture
  }

  @Test func theNetworkIsNeverGivenAHoleAlone() throws {
    let editor = Editor(model)
    var settings = EditSettings()
    // At 4×4 pixels each one holds some of the mask.
    (settings.crop, settings.size) = (.none, .exactly(PictureSize(width: 4, height: 4)))
    let mask = try RepaintMask(box: Box(1, 1, 49, 40), for: source)
    let plan = try editor.plan(source: source, mask: mask, settings)
    let error = #expect(throws: EditError.self) { try editor.prepare(plan, reference: source) }
    #expect(error?.description.contains("reaches into every pixel at 4×4") == true)
  }

  @Test func aPictureThatIsNotANumberIsAnErrorAndNotBlack() throws {
    let bias = try #require(model.autoencoder.parameters["decoder.conv_out.bias"])
    bias.value = Tensor(full: bias.shape, .infinity)
    let error = #expect(throws: EditError.self) { try edit(Editor(model)) }
    #expect(error?.description.contains("the picture that is decoded from them is not") == true)
  }

  @Test func weightsThatStayGiveTheSameBytes() throws {
    let released = try edit(Editor(model, residency: .release))
    let kept = Editor(model, residency: .keep)
    #expect(try edit(kept) == released)
    #expect(try edit(kept) == released)
  }

  @Test func anEditEndsAtTheNextCallOfTheNetworkAfterItIsCancelled() throws {
    let editor = Editor(model)
    var calls = 0
    #expect(throws: Cancellation.self) {
      _ = try edit(editor) {
        calls += 1
        if calls == 2 { throw Cancellation() }
      }
    }
    #expect(calls == 2)
    #expect(try edit(editor) == edit(Editor(model)))
  }

  /// Each of several edits at once has the bytes that it has alone.
  @Test func editsAtOnceDoNotTouchOneAnother() throws {
    let editor = Editor(model, residency: .keep)
    let alone = try (0..<4).map { try edit(editor, seed: UInt64($0)) }
    let results = Mutex([Int: Image]())
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      let picture = try? edit(editor, seed: UInt64(index))
      results.withLock { $0[index] = picture }
    }
    let together = results.withLock { $0 }
    #expect((0..<4).allSatisfy { together[$0] == alone[$0] })
    #expect(Set(alone.map(\.pixels)).count == 4)
  }
}
