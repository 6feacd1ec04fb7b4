import Foundation
import Tensors
import Testing

/// What the pool of memory keeps, and what it gives back.
@Suite struct StoragePoolTests {
  @Test func workApartFindsAndLeavesNoFreeBlocks() {
    let (before, inside) = (1_234_567, 2_345_678)  // of classes that no other test uses
    _ = Tensor(zeros: [before])
    #expect(StoragePool.freeBlocks(for: before) == 1)
    StoragePool.apart {
      #expect(StoragePool.freeBlocks(for: before) == 0)
      _ = Tensor(zeros: [inside])
      #expect(StoragePool.freeBlocks(for: inside) == 1)
    }
    #expect(StoragePool.freeBlocks(for: inside) == 0)
  }

  /// Giving back everything, whenever there was too much, made fresh pages a tenth of a UNet's call.
  @Test func onlyBlocksThatWereIdleLongestAreGivenBack() {
    StoragePool.apart {
      let (oldest, large, small) = (1 << 29, 3 << 28, 5_000_011)  // untouched memory costs nothing
      for count in [oldest, large, small] { _ = Storage(count: count) }
      _ = Storage(count: small * 2)  // is not there, so that the pool looks after its order
      #expect(StoragePool.freeBlocks(for: oldest) == 0)
      #expect(StoragePool.freeBlocks(for: large) == 1)
      #expect(StoragePool.freeBlocks(for: small) == 1)
    }
  }

  /// Otherwise a full-size training step spent an eighth of its time on fresh pages.
  @Test func whatAStepNeedsAtOnceIsKeptForTheNext() {
    StoragePool.apart {
      let counts = (0..<8).map { (1 << 28) + ($0 << 25) }  // 1 to 2 GB each, of eight classes
      let step = { _ = counts.map { Storage(count: $0) } }
      step()
      _ = Storage(count: 7_000_003)  // is not there, so that the pool looks after its order
      #expect(counts.allSatisfy { StoragePool.freeBlocks(for: $0) == 1 })
    }
  }

  @Test func freedMemoryGoesBackToTheSystem() throws {
    let resident = { try residentBytes() }
    let start = try resident()
    StoragePool.apart {
      _ = (0..<64).map { Tensor(full: [8192 + 8192 * $0], 1) }  // 32 kB to 2 MB each
    }
    #expect(try resident() - start < 8 << 20)
  }

  private func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
      separator: " ")
    return try #require(Int(fields[1])) * sysconf(Int32(_SC_PAGESIZE))
  }
}
