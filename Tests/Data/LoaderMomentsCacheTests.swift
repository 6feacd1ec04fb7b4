import Datasets
import Foundation
import Support
import Tensors
import Testing

@Suite struct LoaderMomentsCacheTests {
  private let folder = NSTemporaryDirectory() + "moments-\(UUID().uuidString)"
  private let shape = [2, 2, 8]

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func pictures(_ levels: [Float]) -> Tensor {
    .concatenated(levels.map { Tensor(full: [1, 8, 8, 3], $0) }, axis: 0)
  }

  /// Stands for the autoencoder: moments that tell the picture.
  private func encode(_ picture: Tensor) -> Tensor {
    Tensor(full: [1] + shape, picture.values[0] * 10)
  }

  private func open(_ identity: String = "a1", limit: Int = 1 << 20) throws -> MomentsCache {
    try MomentsCache(folder: folder, identity: identity, shape: shape, limit: limit)
  }

  private func removeFolder() { try? FileManager.default.removeItem(atPath: folder) }

  @Test func picturesAreEncodedOnceEvenByLaterRuns() throws {
    defer { removeFolder() }
    let expected = Tensor.concatenated(
      [1, 2, 1].map { Tensor(full: [1] + shape, $0 * 10) }, axis: 0)
    do {
      let cache = try open()
      #expect(try cache.moments(of: pictures([1, 2, 1]), encode: encode) == expected)
      #expect(cache.hits == 1 && cache.misses == 2)
    }
    let later = try open()
    #expect(
      try later.moments(of: pictures([1, 2, 1])) { _ in throw CancellationError() } == expected)
  }

  @Test func anotherAutoencoderHasItsOwnFile() throws {
    defer { removeFolder() }
    _ = try open("a1").moments(of: pictures([1]), encode: encode)
    let other = try open("b2")
    _ = try other.moments(of: pictures([1]), encode: encode)
    #expect(other.misses == 1)
  }

  /// A file cut at any place, or with a flipped bit, costs no more than encoding again.
  @Test func damageIsMadeGood() throws {
    defer { removeFolder() }
    _ = try open().moments(of: pictures([1, 2, 3]), encode: encode)
    let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
    let url = URL(filePath: "\(folder)/\(name)")
    let whole = try Data(contentsOf: url)
    #expect(whole.count == 128 + 3 * (32 + 2 * 2 * 8 * 4))
    var flipped = whole
    flipped[200] ^= 1
    for damaged in [flipped, whole.prefix(127), whole.prefix(128), whole.prefix(400), Data()] {
      try damaged.write(to: url)
      for _ in 0..<2 {
        let moments = try open().moments(of: pictures([1, 2, 3]), encode: encode)
        #expect(moments.slice(0..<1, axis: 0).values[0] == 10)
        #expect(moments.slice(2..<3, axis: 0).values[0] == 30)
      }
      #expect(try Data(contentsOf: url) == whole)
    }
  }

  @Test func itStopsGrowingAtItsLimit() throws {
    defer { removeFolder() }
    let cache = try open(limit: 128 + 160)
    for _ in 0..<2 { _ = try cache.moments(of: pictures([1, 2, 3]), encode: encode) }
    #expect(cache.hits == 1 && cache.misses == 5)
  }

  @Test func twoRunsDoNotShareAFile() throws {
    defer { removeFolder() }
    let first = try open()
    let error = #expect(throws: FileError.self) { try open() }
    #expect(error?.description.contains("another run is using it") == true)
    _ = first.hits
    #expect(throws: FileError.self) {
      try MomentsCache(folder: folder + "/none", identity: "a", shape: shape)
    }
  }
}
