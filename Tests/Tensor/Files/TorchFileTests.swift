import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct TorchFileTests {
  private let plain: Safetensors
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder("torch")
    plain = try Safetensors(Golden.file("containers/plain.safetensors").path)
  }

  @Test(arguments: [
    "dictionary.pt", "state.bin", "lightning.ckpt", "pytorch_model.bin.index.json",
    "model.safetensors.index.json",
  ])
  func everyContainerGivesTheSameTensors(_ name: String) throws {
    let file = try openTensors(Golden.file("containers/\(name)").path)
    #expect(file.layouts == plain.layouts)
    for name in plain.names {
      #expect(try file.tensor(name) == plain.tensor(name), "\(name)")
      let bytes = try plain.withBytes(of: name) { Array($0) }
      #expect(try file.withBytes(of: name) { Array($0) } == bytes, "\(name)")
    }
  }

  @Test func contiguousFloatsAreViewsOfTheFile() throws {
    let file = try TorchFile(Golden.file("containers/state.bin").path)
    for name in ["f32", "scalar", "tail", "whole", "parameter"] {
      let tensor = try file.tensor(name)
      let view = try file.withBytes(of: name) { Int(bitPattern: $0.baseAddress) }
      #expect(tensor.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) } == view, "\(name)")
    }
  }

  @Test func whatIsNotAWeightIsListed() throws {
    #expect(try TorchFile(Golden.file("containers/state.bin").path).ignored == [])
    let beside = [
      "callbacks", "epoch", "global_step", "hparams", "lr_schedulers", "optimizer_states",
      "pytorch-lightning_version",
    ]
    #expect(try TorchFile(Golden.file("containers/lightning.ckpt").path).ignored == beside)
  }
}
