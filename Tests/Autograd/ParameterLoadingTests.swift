import Autograd
import Foundation
import Tensors
import Testing

/// Weights come from their file when they are used, and leave memory when told to.
@Suite struct ParameterLoadingTests {
  @Test(arguments: [Safetensors.ElementType.float32, .float16])
  func unloadedWeightsComeBackFromTheirFile(_ type: Safetensors.ElementType) throws {
    try withStore(type) { store, weight in
      let before = weight.value.values
      #expect(before == [1, -2, 0.5])
      store.unload()
      #expect(weight.value.values == before)
    }
  }

  @Test func whatWasChangedStays() throws {
    try withStore(.float32) { store, weight in
      weight.update { $0[1] = 7 }
      store.unload()
      #expect(weight.value.values == [1, 7, 0.5])
      weight.value = Tensor([3], [4, 5, 6])
      store.unload()
      #expect(weight.value.values == [4, 5, 6])
    }
  }

  @Test func weightsWithoutAFileStay() {
    let store = ParameterStore(seed: 3)
    let weight = store.root.parameter("w", [3], .normal(deviation: 1))
    let before = weight.value.values
    weight.update { $0[0] = 9 }
    store.unload()
    #expect(weight.value.values == [9, before[1], before[2]])
  }

  @Test func aMismatchChangesNothing() throws {
    try withStore(.float32) { store, weight in
      _ = store.root.parameter("bias", [2], .constant(0))
      weight.value = Tensor([3], [4, 5, 6])
      #expect(throws: WeightMismatch.self) { try store.load(file(store, .float32)) }
      #expect(weight.value.values == [4, 5, 6])
    }
  }

  private func withStore(
    _ type: Safetensors.ElementType, _ body: (ParameterStore, Parameter) throws -> Void
  ) throws {
    let store = ParameterStore()
    let weight = store.root.parameter("w", [3], .constant(0))
    try store.load(file(store, type))
    try body(store, weight)
  }

  private func file(
    _ store: ParameterStore, _ type: Safetensors.ElementType
  ) throws -> Safetensors {
    let path = NSTemporaryDirectory() + "weights-\(UUID().uuidString).safetensors"
    defer { unlink(path) }  // a mapped file outlives its name
    try Safetensors.write(["w": Tensor([3], [1, -2, 0.5])], to: path, type: type)
    return try Safetensors(path)
  }
}
