import Foundation
import Support
import Synchronization

/// A block of floats: from the pool, or a view of memory that someone else keeps (a mapped file).
///
/// Safe to share: ``Tensor`` writes only to storage that it alone refers to (copy-on-write).
package final class Storage: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<Float>
  package let capacity: Int
  private let owner: (any AnyObject & Sendable)?

  /// Uninitialised memory for at least `count` floats, 64-byte aligned.
  package init(count: Int) {
    (pointer, capacity) = StoragePool.take(count)
    owner = nil
  }

  /// Read-only memory that lives as long as `owner`.
  package init(borrowing pointer: UnsafePointer<Float>, count: Int, owner: any AnyObject & Sendable)
  {
    self.pointer = UnsafeMutablePointer(mutating: pointer)
    capacity = count
    self.owner = owner
  }

  package var isBorrowed: Bool { owner != nil }

  /// Where this is a view of a mapped file: gives back the memory until it is next touched.
  fileprivate func releasePages() {
    (owner as? MappedFile)?.releasePages(
      of: UnsafeRawBufferPointer(UnsafeBufferPointer(start: pointer, count: capacity)))
  }

  deinit {
    if owner == nil { StoragePool.give(pointer, capacity) }
  }
}

extension Tensor {
  /// Where this is a view of a mapped file: gives back its memory until it is next touched.
  package func releasePages() { storage.releasePages() }
}

/// Freed blocks by size class, so that the next tensor of that size finds warm pages.
///
/// Touching fresh memory costs some 30 times the arithmetic on it (docs/decisions.md).
package enum StoragePool {
  private struct State {
    var free: [Int: [Block]] = [:]  // capacity → the longest idle first
    var time = 0
    var freeBytes = 0
    var liveBytes = 0
    var mostLiveBytes = 0  // since free blocks were last released
    var peakBytes = 0
  }
  private struct Block {
    let address: UInt
    /// When it was given back, counted in such events.
    let idleSince: Int
  }
  private static let state = Mutex(State())

  /// Bytes by which live and free blocks together may exceed the most that was ever live.
  private static let mostFree = 1344 << 20

  /// Blocks this small come back from malloc's own lists just as fast.
  private static let smallest = 1024

  /// Sizes grow by an eighth of their power of two, so that at most 1/8 is wasted.
  package static func sizeClass(_ count: Int) -> Int {
    guard count > smallest else { return smallest }
    let step = 1 << max(Int.bitWidth - (count - 1).leadingZeroBitCount - 4, 4)
    return (count + step - 1) / step * step
  }

  static func take(_ count: Int) -> (UnsafeMutablePointer<Float>, Int) {
    let capacity = sizeClass(count)
    let bytes = capacity * MemoryLayout<Float>.stride
    let reused: UInt? = state.withLock { state in
      state.liveBytes += bytes
      state.mostLiveBytes = max(state.mostLiveBytes, state.liveBytes)
      state.peakBytes = max(state.peakBytes, state.liveBytes + state.freeBytes)
      guard let block = state.free[capacity]?.popLast() else {
        trim(&state)
        return nil
      }
      state.freeBytes -= bytes
      return block.address
    }
    if let reused, let pointer = UnsafeMutablePointer<Float>(bitPattern: reused) {
      return (pointer, capacity)
    }
    guard let memory = allocate(bytes) else { MemoryExhaustion.end(asking: bytes) }
    return (memory.bindMemory(to: Float.self, capacity: capacity), capacity)
  }

  /// Blocks from this size on are mapped one by one: malloc would keep freed ones in its heap.
  private static let smallestMapped = 32 << 10

  /// Blocks from this size on ask for pages of 2 MB: fewer faults while they are first touched.
  private static let smallestHuge = 2 << 20

  private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    if bytes >= smallestMapped {
      let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard let memory, memory != MAP_FAILED else { return nil }
      if bytes >= smallestHuge { madvise(memory, bytes, MADV_HUGEPAGE) }
      return memory
    }
    var memory: UnsafeMutableRawPointer?
    return posix_memalign(&memory, 64, bytes) == 0 ? memory : nil
  }

  private static func deallocate(_ address: UInt, _ bytes: Int) {
    let memory = UnsafeMutableRawPointer(bitPattern: address)
    if bytes >= smallestMapped { munmap(memory, bytes) } else { free(memory) }
  }

  static func give(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
    let bytes = capacity * MemoryLayout<Float>.stride
    state.withLock { state in
      state.liveBytes -= bytes
      state.freeBytes += bytes
      state.time += 1
      state.free[capacity, default: []].append(
        Block(address: UInt(bitPattern: pointer), idleSince: state.time))
    }
  }

  /// Returns the blocks that were idle longest, until no more is held than the work has needed at
  /// once, and a little: what a training step frees, the next one needs, but a class that is never
  /// asked for again must not pin memory.
  private static func trim(_ state: inout sending State) {
    while state.liveBytes + state.freeBytes > state.mostLiveBytes + mostFree {
      let oldest = state.free.min { a, b in
        (a.value.first?.idleSince ?? .max) < (b.value.first?.idleSince ?? .max)
      }
      guard let capacity = oldest?.key, let block = state.free[capacity]?.removeFirst() else {
        return
      }
      let bytes = capacity * MemoryLayout<Float>.stride
      deallocate(block.address, bytes)
      state.freeBytes -= bytes
    }
  }

  /// Runs work of other shapes, which is done now and then, with no free blocks before and none
  /// left behind: it neither adds to the peak nor keeps memory for good.
  package static func apart<Result>(_ body: () throws -> Result) rethrows -> Result {
    releaseFreeBlocks()
    defer { releaseFreeBlocks() }
    return try body()
  }

  /// Returns the memory of all free blocks to the system.
  package static func releaseFreeBlocks() { state.withLock { release(&$0) } }

  private static func release(_ state: inout sending State) {
    for (capacity, blocks) in state.free {
      for block in blocks { deallocate(block.address, capacity * MemoryLayout<Float>.stride) }
    }
    state.free.removeAll(keepingCapacity: true)
    state.freeBytes = 0
    state.mostLiveBytes = state.liveBytes
  }

  /// Blocks kept free for tensors of so many elements.
  package static func freeBlocks(for count: Int) -> Int {
    state.withLock { $0.free[sizeClass(count)]?.count ?? 0 }
  }

  /// Bytes in tensors now, kept free for reuse, and the most of both together since the last reset.
  package static var usage: (live: Int, free: Int, peak: Int) {
    state.withLock { ($0.liveBytes, $0.freeBytes, $0.peakBytes) }
  }

  package static func resetPeak() {
    state.withLock { $0.peakBytes = $0.liveBytes }
  }
}
