import Foundation
import Models
import TestSupport
import Testing

@Suite struct ModelCopyTests {
  private let folder = NSTemporaryDirectory() + "model-copy-\(UUID().uuidString)"

  @Test func aCopyHoldsTheSameWeightsRoundedAndNothingElse() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try TinyModel.write(to: "\(folder)/model")
    let source = try ModelFolder(at: "\(folder)/model")
    try source.copy(to: "\(folder)/half", as: .float16)
    let (whole, half) = (try source.model(), try ModelFolder(at: "\(folder)/half").model())
    for (a, b) in zip(whole.unet.parameters.parameters, half.unet.parameters.parameters) {
      #expect(a.name == b.name)
      #expect(b.value.values == a.value.values.map { Float(Float16($0)) })
    }
    #expect(half.latentScale == whole.latentScale)
    #expect(half.prediction == whole.prediction)
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/half/training_state.json"))
  }

  @Test func anOccupiedFolderIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try TinyModel.write(to: "\(folder)/model")
    #expect(throws: ModelFolderError.self) {
      try ModelFolder(at: "\(folder)/model").copy(to: "\(folder)/model", as: .float32)
    }
  }
}
