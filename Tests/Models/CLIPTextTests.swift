import Autograd
import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// CLIP's text features against transformers: Tests/Golden/text.py.
@Suite struct CLIPTextTests {
  private let golden: Golden

  init() throws { golden = try Golden("text/encoders") }

  private func texts(_ name: String) -> [[Int]] {
    let tokens = golden[name]
    let (values, length) = (tokens.values.map { Int($0) }, tokens.shape[1])
    return stride(from: 0, to: values.count, by: length).map { Array(values[$0..<$0 + length]) }
  }

  private static func fixture(_ name: String) -> String { Golden.file(name).path }

  /// A whole CLIP, its text tower alone, and OpenAI's state dict of the same weights.
  @Test(arguments: [
    ("encoders/clip", "clip/"), ("encoders/clip/model.safetensors", "clip/"),
    ("text/clip_text", ""), ("text/openai.pt", ""),
  ])
  func featuresAreThoseOfTransformers(_ path: String, _ place: String) throws {
    let clip = try CLIPText.load(from: Self.fixture(path))
    let features = clip.network(texts(place + "tokens"))
    expectClose(features, golden[place + "features"], 1e-4)
  }

  @Test func theScaleOfTheComparisonIsRead() throws {
    let scales = try ["encoders/clip", "text/openai.pt", "text/clip_text"].map {
      try CLIPText.load(from: Self.fixture($0)).network.logitScale
    }
    #expect(scales[0] == golden["clip/logit_scale"].values[0])
    #expect(abs((scales[1] ?? 0) - 4.6052) < 1e-6 && scales[2] == nil)
  }

  @Test func wrongFilesAreExplained() throws {
    let folder = try TemporaryFolder()
    func message(_ path: String) -> String {
      do {
        _ = try CLIPText.load(from: path)
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(message("/nowhere/clip").contains("no such file"))
    #expect(message(folder.url.path).contains("has no config.json"))
    #expect(
      message(Self.fixture("encoders/clip_vision/pytorch_model.bin"))
        .contains("not a CLIP with a text tower"))
    let file = folder.file("openai.safetensors").path
    var weights = try openTensors(Self.fixture("text/openai.pt")).tensors()
    weights["ln_final.bias"] = nil
    weights["transformer.extra"] = Tensor([1], [1])
    try Safetensors.write(weights, to: file)
    #expect(message(file).contains("ln_final.bias") && message(file).contains("transformer.extra"))
    weights["transformer.extra"] = nil
    weights["ln_final.bias"] = Tensor(full: [64], .nan)
    try Safetensors.write(weights, to: file)
    #expect(message(file).contains("NaN or infinity in 1 weights (ln_final.bias)"))
  }
}
