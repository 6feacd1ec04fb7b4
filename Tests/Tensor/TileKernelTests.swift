import Foundation
import Kernels
import Tensors
import TestSupport
import Testing

/// Products by tiles: the instructions against their emulation to the bit, and each build that this
/// machine runs against sums in double precision.
@Suite struct TileKernelTests {
  static let builds: [String] = ["amx", "emulated-v3", "emulated"].filter { (name: String) in
    tileKernelsNamed(name) != nil
  }

  private static func kernels(_ name: String) throws -> TileKernels {
    try #require(tileKernelsNamed(name)).pointee
  }

  /// Rows of one tile, of both and of several blocks; sums of one part and of several; columns that fill
  /// no strip, one, and more than are worked on at once.
  @Test(arguments: [
    TileCase(1, 1, 1), TileCase(16, 32, 16), TileCase(17, 33, 31), TileCase(50, 100, 70),
    TileCase(5, 700, 40), TileCase(130, 1300, 33), TileCase(40, 40, 290),
  ])
  func aProductIsASumOfProductsAndTheSameInEveryBuild(_ test: TileCase) throws {
    for options in TileOptions.all {
      var first: [UInt32]?
      for build in Self.builds {
        let product = TileProductRun(test, options, try Self.kernels(build))
        let error = product.error(test, options)
        #expect(error < options.tolerance, "\(build), \(test), \(options): off by \(error)")
        let bits = product.result.map(\.bitPattern)
        #expect(first == nil || first == bits, "\(build), \(test), \(options)")
        first = bits
      }
    }
  }

  /// Infinities, what is no number, and what is too small to be a normal number, which counts as zero.
  @Test(arguments: [0, 1, 2, 3]) func anyBitsGiveTheSameInEveryBuild(kind: Int) throws {
    var random = RandomStream(seed: 4, purpose: "tile bits", index: UInt64(kind))
    func number() -> UInt16 {
      let bits = UInt16(truncatingIfNeeded: random.next())
      let exponent = UInt16(truncatingIfNeeded: random.next() % 12)
      return switch kind {
      case 0: bits
      case 1: bits & 0x807F | (120 + exponent) << 7
      case 2: bits & 0x807F | (58 + exponent) << 7  // products near the least normal number
      default: bits & 0x807F | exponent << 7
      }
    }
    for _ in 0..<200 {
      let (a, b) = ((0..<1024).map { _ in number() }, (0..<1024).map { _ in number() })
      var first: [Float]?
      for build in Self.builds {
        let y = multiplied(a, b, try Self.kernels(build))
        let same =
          first.map {
            zip($0, y).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
          }
        #expect(same ?? true, "\(build)")
        first = y
      }
    }
  }

  private func multiplied(_ a: [UInt16], _ b: [UInt16], _ kernels: TileKernels) -> [Float] {
    let scratch = Storage(count: tileProductScratch(32))
    var y = [Float](repeating: 0, count: 1024)
    let (tiles, segments, results) = ([0, 1024], [0], [0, 512])
    y.withUnsafeMutableBufferPointer { y in
      a.withUnsafeBytes { a in
        tiles.withUnsafeBufferPointer { tiles in
          segments.withUnsafeBufferPointer { segments in
            results.withUnsafeBufferPointer { results in
              guard let y = y.baseAddress, let a = a.baseAddress, let tiles = tiles.baseAddress,
                let segments = segments.baseAddress, let results = results.baseAddress
              else { return }
              var factor = TileFactor(
                start: a, tiles: tiles, row: 64, segments: segments, segmentCount: 1, blocks: 1,
                piece: 0)
              var result = TileResult(
                y: y, rounded: nil, piece: 0, pieces: 1, tiles: results, row: 32, start: nil,
                plus: nil, activation: TILE_IDENTITY, streams: 0)
              kernels.product(&factor, 32, b, 32, 1, &result, scratch.pointer)
            }
          }
        }
      }
    }
    return y
  }

  @Test(arguments: builds) func roundingIsToTheNearestTiesToEven(_ build: String) throws {
    let kernels = try Self.kernels(build)
    var random = RandomStream(seed: 5, purpose: "tile rounding", index: 0)
    let x = random.normals(3 * 45) + [1 + 0x1p-8, 1 + 0x3p-8, -1 - 0x1p-8]
    var y = [UInt16](repeating: 99, count: 3 * 64)
    kernels.round(x, 45, 3, 45, 1, &y, 64, 0)
    for row in 0..<3 {
      for c in 0..<64 {
        #expect(y[row * 64 + c] == (c < 45 ? TileNumbers.brain(x[row * 45 + c]) : 0))
      }
    }
    var ties = [UInt16](repeating: 99, count: 32)
    kernels.round(Array(x.suffix(3)), 3, 1, 3, 1, &ties, 32, 0)
    #expect(ties.prefix(3) == [0x3F80, 0x3F82, 0xBF80])
  }

  /// A gradient in every build: what tests of the operation show of one holds for all.
  @Test(arguments: [(queries: 29, keys: 7, width: 9), (150, 300, 40)])
  func gradientsOfAttentionAreTheSameInEveryBuild(queries: Int, keys: Int, width: Int) throws {
    var first: [[Float]]?
    for build in Self.builds {
      let gradients = TileAttentionGradientCase(queries: queries, keys: keys, width: width)
        .gradients(try Self.kernels(build))
      #expect(gradients.allSatisfy { $0.allSatisfy(\.isFinite) })
      #expect(first == nil || first == gradients, "\(build)")
      first = gradients
    }
  }

  /// Rows as strips and as columns; rows and columns that fill no block.
  @Test(arguments: builds, [(rows: 5, columns: 3), (32, 16), (70, 45)])
  func rowsAreTurnedAndPaired(_ build: String, _ size: (rows: Int, columns: Int)) throws {
    let kernels = try Self.kernels(build)
    let (rows, columns) = size
    let x = (0..<rows * columns).map { UInt16($0 + 1) }
    func number(_ r: Int, _ c: Int) -> UInt16 { r < rows && c < columns ? x[r * columns + c] : 0 }
    let stride = tileBlocks(rows) * 32
    var turned = [UInt16](repeating: 99, count: columns * stride)
    kernels.turnRows(x, columns, rows, columns, &turned, stride)
    for c in 0..<columns {
      for r in 0..<stride { #expect(turned[c * stride + r] == number(r, c)) }
    }
    let some = min(columns, 16)
    var strip = [UInt16](repeating: 0, count: tileBlocks(rows) * 1024)
    kernels.halfStripOfRows(x, columns, rows, some, &strip)
    for r in 0..<stride {
      for c in 0..<16 {
        let at = r / 32 * 1024 + r % 32 / 2 * 32 + 2 * c + r % 2
        #expect(strip[at] == (c < some ? number(r, c) : 0))
      }
    }
  }

  /// Keys that fill no block, one, and several with a rest; and a score so large that all other weights
  /// vanish.
  @Test(arguments: [1, 256, 300], [40, 80, 9])
  func attentionIsTheWeightedMeanOfTheValues(keys: Int, width: Int) throws {
    for scale: Float in [0.3, 200] {
      var random = RandomStream(seed: 6, purpose: "tile attention", index: UInt64(keys + width))
      let test = TileAttentionCase(
        q: random.normals(29 * width), k: random.normals(keys * width),
        v: random.normals(keys * width), keys: keys, width: width, scale: scale)
      var first: [Float]?
      for build in Self.builds {
        let y = test.attend(try Self.kernels(build))
        // Weights and what they weigh are rounded to 8 bits.
        #expect(test.error(y) < 1e-2, "\(build), scale \(scale): \(test.error(y))")
        #expect(first == nil || first == y, "\(build), scale \(scale)")
        first = y
      }
    }
  }
}
