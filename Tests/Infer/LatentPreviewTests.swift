import Foundation
import Inference
import Models
import Pictures
import Tensors
import TestSupport
import Testing

/// What latents are shown as while a picture forms.
@Suite struct LatentPreviewTests {
  private static let shipped = Result {
    let folder = URL(filePath: #filePath).appending(path: "../../../Examples/scenes")
    return try ModelFolder(at: folder.standardizedFileURL.path).model()
  }

  /// Flat pictures, whose colours an autoencoder keeps.
  @Test(arguments: [
    (200, 40, 40), (40, 160, 60), (50, 60, 190), (128, 128, 128), (230, 220, 90), (20, 20, 20),
  ]) func coloursAreNearlyThoseOfThePicture(_ colour: (Int, Int, Int)) throws {
    let model = try Self.shipped.get()
    let picture = Image(
      width: 64, height: 64, fill: (UInt8(colour.0), UInt8(colour.1), UInt8(colour.2)))
    let latents = model.latents(from: model.moments(of: Tensor(signed: picture)), noise: nil)
    let shown = LatentPreview(model).image(of: latents)
    #expect(shown.width == latents.shape[2] && shown.height == latents.shape[1])
    for (channel, value) in [colour.0, colour.1, colour.2].enumerated() {
      let mean =
        stride(from: channel, to: shown.pixels.count, by: 3)
        .reduce(0.0) { $0 + Double(shown.pixels[$1]) } / Double(shown.pixels.count / 3)
      #expect(abs(mean - Double(value)) < 40, "channel \(channel): \(mean) instead of \(value)")
    }
  }

  /// Whatever the autoencoder, and the same each time.
  @Test func aRandomModelHasOneToo() throws {
    let folder = try TemporaryFolder()
    try TinyModel.write(to: folder.path("model"))
    let model = try ModelFolder(at: folder.path("model")).model()
    var random = RandomStream(seed: 1, purpose: "latents")
    let latents = random.normal([1, 6, 10, 4])
    let shown = LatentPreview(model).image(of: latents)
    #expect(shown.width == 10 && shown.height == 6)
    #expect(LatentPreview(model).image(of: latents) == shown)
  }
}
