import Tensors
import Testing

/// What the pool of memory keeps, and what it gives back.
@Suite struct StoragePoolTests {
  @Test func workAsideLeavesNoFreeBlocks() {
    let size = 1_234_567  // of a class that no other test uses
    StoragePool.withoutGrowing {
      let tensors = [Tensor(zeros: [size]), Tensor(zeros: [size])]
      withExtendedLifetime(tensors) {}
    }
    #expect(StoragePool.freeBlocks(for: size) == 0)
  }
}
