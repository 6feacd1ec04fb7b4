import Foundation
import Inference
import Models
import Pictures
import Tensors
import TestSupport
import Testing

/// The distilled model of `Examples/`.
@Suite struct FewStepsModelTests {
  private static let examples = URL(filePath: #filePath).appending(path: "../../../Examples")
    .standardizedFileURL

  private func model(
    _ name: String, decoder: DecoderChoice = .full
  ) throws -> PaintByExampleModel {
    try ModelFolder(at: Self.examples.appending(path: name).path)
      .model(.averaged, decoder: decoder)
  }

  private func picture(_ name: String) throws -> Image {
    try ImageFile.read(Self.examples.appending(path: "scenes/\(name).png").path).image
  }

  private func paint(
    _ model: PaintByExampleModel, case number: Int, _ settings: EditSettings
  ) throws -> Image {
    let painter = Painter(model)
    let mask = try RepaintMask(
      file: Self.examples.appending(path: "scenes/mask-\(number).png").path,
      for: picture("source-\(number)"))
    return try painter.paint(
      source: picture("source-\(number)"), mask: mask.pixels,
      condition: painter.condition(picture("reference-\(number)")), settings
    ).picture
  }

  /// It is the shipped model but for its UNet's weights, and says what it was distilled on.
  @Test func isTheShippedModelWithAnotherUNet() throws {
    let (many, few) = (try model("scenes"), try model("scenes-few-steps"))
    #expect(few.unet.network.configuration == many.unet.network.configuration)
    // Outside of `#expect`, which would print the weights.
    let isAutoencoderSame =
      few.autoencoder.parameters.weights == many.autoencoder.parameters.weights
    let isConditionerSame =
      few.conditioner.parameters.weights == many.conditioner.parameters.weights
    #expect(isAutoencoderSame && isConditionerSame)
    #expect(few.latentScale == many.latentScale && few.prediction == many.prediction)
    #expect(few.schedule.grid.consistency.originalSteps == 25)
    #expect(Sampler.usual(for: few.schedule) == .lcm)
    #expect(Sampler.usual(for: many.schedule) == .dpmSolver)
  }

  /// One unguided jump from the noise gives as clear a picture as fifty guided evaluations do, of which the shipped
  /// model's jump is a blur.
  @Test(arguments: 1...3) func oneJumpIsAsClearAsFiftyEvaluations(_ number: Int) throws {
    var settings = EditSettings()
    (settings.sampler, settings.steps, settings.scale) = (.dpmSolver, 25, 5)
    let expected = try contrast(paint(model("scenes"), case: number, settings), case: number)
    settings.use(.lcm)
    settings.steps = 1
    func share(_ name: String) throws -> Double {
      try contrast(paint(model(name), case: number, settings), case: number) / expected
    }
    #expect(try share("scenes") < 0.5)
    #expect(try (0.7...1.4).contains(share("scenes-few-steps")))
  }

  /// The mean squared difference of neighbours in a row of the mask.
  private func contrast(_ picture: Image, case number: Int) throws -> Double {
    let file = Self.examples.appending(path: "scenes/mask-\(number).png")
    let mask = try ImageFile.readGray(file.path).pixels
    let inside = mask.indices.dropLast().filter { mask[$0] > 127 && mask[$0 + 1] > 127 }
    let squares = inside.flatMap { pixel in
      (3 * pixel..<3 * pixel + 3).map { i in
        let difference = Double(picture.pixels[i + 3]) - Double(picture.pixels[i])
        return difference * difference
      }
    }
    return squares.reduce(0, +) / Double(squares.count)
  }

  /// The tiny decoder's pictures are nearly the autoencoder's, and what previews show.
  @Test func itsTinyDecoderIsNearlyTheAutoencoder() throws {
    let (full, tiny) = (
      try model("scenes-few-steps"), try model("scenes-few-steps", decoder: .tiny)
    )
    let latents = full.latents(
      from: full.moments(of: Tensor(signed: try picture("source-1"))), noise: nil)
    let (expected, found) = (full.pictures(of: latents), tiny.pictures(of: latents))
    let error = found.squaredDistance(to: expected) / Double(expected.count)
    #expect(error > 0 && 10 * log10(4 / error) > 25, "\(10 * log10(4 / error)) dB")
    #expect(LatentPreview(full).image(of: latents) == Image(found))
  }
}
