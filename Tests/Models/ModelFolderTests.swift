import Foundation
import Models
import TestSupport
import Testing

@Suite struct ModelFolderTests {
  private let folder = NSTemporaryDirectory() + "model-folder-\(UUID().uuidString)"

  @Test func anIncompleteCopyOfAveragedWeightsIsNotPassedOver() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try TinyModel.write(to: folder)
    _ = try ModelFolder(at: folder).model(.averaged)
    try FileManager.default.createDirectory(
      atPath: "\(folder)/unet_ema", withIntermediateDirectories: false)
    let error = #expect(throws: (any Error).self) { try ModelFolder(at: folder).unet(.averaged) }
    #expect("\(try #require(error))".contains("unet_ema/diffusion_pytorch_model.safetensors"))
    _ = try ModelFolder(at: folder).model(.raw)
  }
}
