import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// Nothing that is missing, too much, of another shape or no number passes, and all of it is said.
@Suite struct StrictLoadingTests {
  private let forms: ModelForms

  init() throws { forms = try ModelForms() }

  private func message() throws -> String {
    let error = #expect(throws: ModelFolderError.self) { try ModelFolder(at: forms.model).model() }
    return "\(try #require(error))"
  }

  @Test func everyMisfitOfEveryComponentIsListedWithTheNearestName() throws {
    try forms.rewrite(.unet) { tensors in
      tensors.rename("conv_in.weight", to: "conv_inn.weight")
      tensors["conv_out.bias"] = Tensor(zeros: [5])
    }
    try forms.rewrite(.autoencoder) { $0["quant_conv.bias"] = nil }
    try forms.rewrite(.imageEncoder) { $0["extra"] = Tensor([1], [1]) }
    let message = try message()
    for expected in [
      "1 missing:\n  conv_in.weight", "conv_inn.weight (did you mean conv_in.weight?)",
      "conv_out.bias: expected [4], found [5]", "1 missing:\n  quant_conv.bias",
      "1 unexpected:\n  extra\n", forms.file(.unet), forms.file(.autoencoder),
      forms.file(.imageEncoder),
    ] { #expect(message.contains(expected), "\(message)") }
  }

  @Test func aLongListIsCutAndCounted() throws {
    try forms.rewrite(.unet) { tensors in
      tensors = tensors.filter { $0.key == "conv_in.weight" }
    }
    let message = try message()
    #expect(message.contains("… and "))
    #expect(message.split(separator: "\n").count < 30)
  }

  @Test(
    arguments: [Float.nan, .infinity, -.infinity],
    [Safetensors.ElementType.float32, .float16, .bfloat16])
  func numbersThatAreNoneAreReportedByName(value: Float, type: Safetensors.ElementType) throws {
    let names = ["mid_block.resnets.0.conv1.weight", "time_embedding.linear_1.bias"]
    try forms.rewrite(forms.file(.unet), type: type) { tensors in
      for name in names {
        tensors[name]?.withUnsafeMutableBufferPointer { $0[$0.count - 1] = value }
      }
    }
    let message = try message()
    #expect(names.allSatisfy(message.contains), "\(message)")
    #expect(message.contains("NaN or infinity in 2 weights of unet"))
    #expect(throws: ModelFolderError.self) { try ModelFolder(at: forms.model).unet() }
  }

  @Test func aComponentOfZerosIsRefused() throws {
    try forms.rewrite(.autoencoder) { $0 = $0.mapValues { Tensor(zeros: $0.shape) } }
    #expect(try message().contains("every weight of vae is zero"))
  }

  @Test func singleWeightsOfZerosAreReported() throws {
    try forms.rewrite(.unet) { tensors in
      for name in ["conv_in.weight", "conv_in.bias"] {
        tensors[name] = tensors[name].map { Tensor(zeros: $0.shape) }
      }
    }
    let parts = try ModelFolder(at: forms.model).report().parts
    #expect(parts[0].zero == ["conv_in.weight"])
    #expect(parts[2].zero == [])
  }

  @Test func largeAndTinyNumbersAreNumbers() throws {
    try forms.rewrite(.unet) {
      $0["conv_in.bias"]?.withUnsafeMutableBufferPointer { x in
        (x[0], x[1], x[2]) = (
          .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude
        )
      }
    }
    _ = try ModelFolder(at: forms.model).model()
  }
}
