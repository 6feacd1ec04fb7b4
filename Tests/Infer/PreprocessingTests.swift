import Foundation
import Models
import Pictures
import Tensors
import TestSupport
import Testing

/// What happens to references and masks before the networks see them.
///
/// Expected values: Tests/Golden/pipeline.py.
@Suite struct PreprocessingTests {
  /// Within 1/255 of `CLIPImageProcessorPil`'s pixels, before they are normalised.
  @Test(arguments: ["clip", "bilinear", "stretch", "padded"])
  func referencesAreThoseOfTransformers(_ name: String) throws {
    let preprocessing = try PreprocessorConfiguration(
      contentsOf: Golden.file("pipeline/preprocessing/\(name)/preprocessor_config.json"),
      imageSize: 16)
    let golden = try Golden("pipeline/preprocessing")
    let expected = golden.group(name)
    #expect(expected.count == 5)
    let deviation = preprocessing.deviation.map { Float($0) }
    for (size, pixels) in expected {
      let file = Golden.file("pipeline/preprocessing/\(size).png").path
      let found = try Tensor(reference: ImageFile.read(file).image, preprocessing)
      #expect(found.shape == pixels.shape)
      let worst = zip(found.values, pixels.values).enumerated()
        .map { i, pair in abs(pair.0 - pair.1) * deviation[i % 3] }.max()
      #expect((worst ?? .infinity) < 1e-5, "\(name) \(size): \(worst ?? .infinity)")
    }
  }

  @Test(arguments: [2, 4, 8])
  func masksAtTheLatentsSizeAreThoseOfThePipelines(_ factor: Int) throws {
    let golden = try Golden("pipeline/preprocessing")
    let file = Golden.file("pipeline/wide-mask.png").path
    let mask = Tensor(keeping: try ImageFile.readGray(file))
    #expect(mask.nearestLatentMask(downsampling: factor) == golden["mask/nearest/\(factor)"])
    #expect(mask.latentMask(downsampling: factor) == golden["mask/bilinear/\(factor)"])
    #expect(golden["mask/nearest/\(factor)"] != golden["mask/bilinear/\(factor)"])
  }

  @Test func aReferenceTooThinToBeCutIsRefused() throws {
    let thin = Image(width: 2, height: 200)
    #expect {
      try Tensor(reference: thin, PreprocessorConfiguration(size: 224))
    } throws: { "\($0)".contains("2×200") && "\($0)".contains("`reference-resize` stretch") }
  }
}
