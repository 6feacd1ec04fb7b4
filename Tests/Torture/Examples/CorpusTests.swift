import Foundation
import Readers
import Tensors
import Testing

/// Files of every kind that is read from outside, whole and spoilt. What is promised is that this process
/// is still there at the end; libFuzzer, which looks for more, starts from the same files.
@Suite struct CorpusTests {
  private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "corpus")

  private static func examples(of reader: Reader) throws -> [[UInt8]] {
    let folder = corpus.appending(path: reader.name)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    return try names.map { try Array(Data(contentsOf: folder.appending(path: $0))) }
  }

  @Test(arguments: Reader.all) func someExampleIsRead(_ reader: Reader) throws {
    let examples = try Self.examples(of: reader)
    let accepted = try withFolder { folder in examples.filter { reader.accepts($0, in: folder) } }
    // A checkpoint's tensors, and statistics, are too large to lie here whole.
    guard !["shards", "statistics"].contains(reader.name) else { return }
    #expect(!accepted.isEmpty)
  }

  @Test(arguments: Reader.all) func spoiltExamplesAreReadOrRefused(_ reader: Reader) throws {
    let examples = try Self.examples(of: reader)
    var random = RandomStream(seed: 1, purpose: "corpus \(reader.name)", index: 0)
    try withFolder { folder in
      for example in examples {
        for _ in 0..<40 {
          var spoilt = example
          for _ in 0...random.integer(0...3) { spoilt.spoil(using: &random) }
          reader.accepts(spoilt, in: folder)
        }
      }
    }
  }

  private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = NSTemporaryDirectory() + "pbe-corpus-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }
}

extension [UInt8] {
  /// Changes a byte, cuts the end off, repeats or removes a part, or writes a number at an edge.
  fileprivate mutating func spoil(using random: inout RandomStream) {
    guard count > 8 else { return append(UInt8(random.integer(0...255))) }
    let place = random.integer(0...count - 8)
    let length = random.integer(1...8)
    switch random.integer(0...4) {
    case 0: self[place] = UInt8(random.integer(0...255))
    case 1: removeLast(random.integer(1...count / 2))
    case 2: insert(contentsOf: self[place..<place + length], at: place)
    case 3: removeSubrange(place..<place + length)
    default:
      let edges: [UInt64] = [0, .max, 1 << 31, 1 << 63, 0x7FFF_FFFF]
      let edge = edges[random.integer(0...edges.count - 1)]
      for i in 0..<length { self[place + i] = UInt8(truncatingIfNeeded: edge >> UInt64(8 * i)) }
    }
  }
}
