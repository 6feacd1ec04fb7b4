import Foundation
import Kernels
import Tensors
import Testing

/// The size of a product by tiles.
struct TileCase: Sendable, CustomTestStringConvertible {
  let rows: Int, count: Int, columns: Int

  init(_ rows: Int, _ count: Int, _ columns: Int) {
    (self.rows, self.count, self.columns) = (rows, count, columns)
  }

  var testDescription: String { "\(rows) × \(count) → \(columns)" }
}

/// What a product is asked for beside its sums.
struct TileOptions: Sendable, CustomStringConvertible {
  var pieces = 1
  var activation = TILE_IDENTITY
  var starts = false, adds = false
  /// Pieces of a rounded result; 0 for fp32.
  var roundedPieces = 0

  static let all = [
    TileOptions(), TileOptions(starts: true, adds: true), TileOptions(pieces: 2, starts: true),
    TileOptions(activation: TILE_GELU, starts: true),
    TileOptions(activation: TILE_QUICK_GELU, starts: true, adds: true),
    TileOptions(activation: TILE_GEGLU, starts: true),
    TileOptions(starts: true, roundedPieces: 1),
    TileOptions(pieces: 2, activation: TILE_GELU, starts: true, roundedPieces: 2),
    TileOptions(activation: TILE_GEGLU, starts: true, roundedPieces: 1),
  ]

  /// Of the largest number: sums are fp32's, and of two pieces 17 bits count.
  var tolerance: Double {
    roundedPieces == 1 ? 4e-3 : pieces == 2 || roundedPieces == 2 ? 2e-5 : 1e-6
  }

  var description: String {
    "\(pieces) pieces, activation \(activation.rawValue), starts \(starts), adds \(adds), "
      + "rounded to \(roundedPieces)"
  }
}

enum TileNumbers {
  static func brain(_ x: Float) -> UInt16 {
    UInt16((x.bitPattern + 0x7FFF + (x.bitPattern >> 16 & 1)) >> 16)
  }

  static func float(_ brain: UInt16) -> Float { Float(bitPattern: UInt32(brain) << 16) }
}

/// A product of random numbers by some build, by way of rows and strips.
struct TileProductRun {
  private(set) var result: [Float]
  private let x: [Float], w: [Float], start: [Float], plus: [Float]

  init(_ test: TileCase, _ options: TileOptions, _ kernels: TileKernels) {
    let (rows, count, columns) = (test.rows, test.count, test.columns)
    var random = RandomStream(seed: 3, purpose: "tile test", index: UInt64(rows))
    let isGated = options.activation == TILE_GEGLU
    let outputs = isGated ? 2 * columns : columns
    x = random.normals(rows * count)
    w = random.normals(count * outputs)
    start = random.normals(outputs)
    plus = random.normals(rows * columns)

    let rowStride = tileBlocks(count) * 32
    var a = [UInt16](repeating: 0, count: (options.pieces * rows + 16) * rowStride)
    kernels.round(x, count, rows, count, Int32(options.pieces), &a, rowStride, rows * rowStride)

    // A strip's halves are neighbours, or 16 values and their gates.
    let halves = isGated ? 2 * ((columns + 31) / 32 * 2) : tileBlocks(columns) * 2
    let stripSize = tileBlocks(count) * options.pieces * 1024
    var strips = [UInt16](repeating: 0, count: halves / 2 * stripSize)
    var startRow = [Float](repeating: 0, count: halves * 16)
    for half in 0..<halves {
      let (side, strip) = (half % 2, half / 2)
      let first = isGated ? strip * 16 + side * columns : half * 16
      let end = isGated && side == 0 ? columns : outputs
      let some = min(max(end - first, 0), 16)
      w.withUnsafeBufferPointer { w in
        strips.withUnsafeMutableBufferPointer { strips in
          guard let w = w.baseAddress, let strips = strips.baseAddress else { return }
          kernels.halfStrip(
            w + min(first, outputs), outputs, 0, count, some, Int32(options.pieces),
            strips + strip * stripSize + side * 512)
        }
      }
      for c in 0..<some { startRow[half * 16 + c] = start[first + c] }
    }

    let width = tileBlocks(columns) * 32
    let tiles = (0..<tileBlocks(rows) * 2).map { $0 * 16 }
    let factorTiles = tiles.map { $0 * rowStride * 2 }
    let isRounded = options.roundedPieces > 0
    let resultTiles = tiles.map { $0 * (isRounded ? width : columns) }
    var y = [Float](repeating: 99, count: rows * columns)
    var rounded = [UInt16](repeating: 0, count: max(options.roundedPieces, 1) * rows * width)
    let scratch = Storage(count: tileProductScratch(rows))
    let (plus, strided) = (plus, strips)
    y.withUnsafeMutableBufferPointer { y in
      rounded.withUnsafeMutableBufferPointer { rounded in
        a.withUnsafeBytes { a in
          factorTiles.withUnsafeBufferPointer { factorTiles in
            resultTiles.withUnsafeBufferPointer { resultTiles in
              startRow.withUnsafeBufferPointer { startRow in
                plus.withUnsafeBufferPointer { plus in
                  guard let a = a.baseAddress, let tiles = factorTiles.baseAddress,
                    let results = resultTiles.baseAddress
                  else { return }
                  let segments = UnsafeMutablePointer<Int>.allocate(capacity: 1)
                  defer { segments.deallocate() }
                  segments.pointee = 0
                  var factor = TileFactor(
                    start: a, tiles: tiles, row: rowStride * 2, segments: segments,
                    segmentCount: 1, blocks: tileBlocks(count), piece: rows * rowStride * 2)
                  var result = TileResult(
                    y: isRounded ? nil : y.baseAddress,
                    rounded: isRounded ? rounded.baseAddress : nil, piece: rows * width,
                    pieces: Int32(options.roundedPieces), tiles: results,
                    row: isRounded ? width : columns,
                    start: options.starts ? startRow.baseAddress : nil,
                    plus: options.adds ? plus.baseAddress : nil, activation: options.activation,
                    streams: 0)
                  kernels.product(
                    &factor, rows, strided, isRounded ? width : columns, Int32(options.pieces),
                    &result, scratch.pointer)
                }
              }
            }
          }
        }
      }
    }
    if isRounded {
      for r in 0..<rows {
        for c in 0..<columns {
          y[r * columns + c] = (0..<options.roundedPieces).reduce(0) {
            $0 + TileNumbers.float(rounded[$1 * rows * width + r * width + c])
          }
        }
      }
    }
    result = y
  }

  /// The largest difference from double precision, in units of the largest number.
  func error(_ test: TileCase, _ options: TileOptions) -> Double {
    let (rows, count, columns) = (test.rows, test.count, test.columns)
    let outputs = options.activation == TILE_GEGLU ? 2 * columns : columns
    func number(_ x: Float) -> Double {
      Double(options.pieces == 1 ? TileNumbers.float(TileNumbers.brain(x)) : x)
    }
    let (a, b) = (x.map(number), w.map(number))
    func sum(_ r: Int, _ c: Int) -> Double {
      var sum = options.starts ? Double(start[c]) : 0
      for k in 0..<count { sum += a[r * count + k] * b[k * outputs + c] }
      return sum
    }
    var (worst, largest) = (0.0, 0.0)
    for r in 0..<rows {
      for c in 0..<columns {
        var expected = sum(r, c)
        switch options.activation {
        case TILE_GELU: expected = gelu(expected)
        case TILE_QUICK_GELU: expected /= 1 + exp(-1.702 * expected)
        case TILE_GEGLU: expected *= gelu(sum(r, columns + c))
        default: break
        }
        if options.adds { expected += Double(plus[r * columns + c]) }
        worst = max(worst, abs(Double(result[r * columns + c]) - expected))
        largest = max(largest, abs(expected))
      }
    }
    return worst / largest
  }

  private func gelu(_ x: Double) -> Double { x * (1 + erf(x / 2.0.squareRoot())) / 2 }
}

/// One head's attention of some 29 queries.
struct TileAttentionCase {
  let q: [Float], k: [Float], v: [Float]
  let keys: Int, width: Int, scale: Float
  private var queries: Int { q.count / width }

  func attend(_ kernels: TileKernels) -> [Float] {
    let packed = tileBlocks(keys) * tileBlocks(width) * 1024
    let (q, k, v) = (q.map(TileNumbers.brain), k.map(TileNumbers.brain), v.map(TileNumbers.brain))
    var (packedKeys, packedValues) = (
      [UInt16](repeating: 0, count: packed), [UInt16](repeating: 0, count: packed)
    )
    kernels.packKeys(k, width, keys, width, &packedKeys)
    kernels.packValues(v, width, keys, width, &packedValues)
    let query = KernelNumbers(q)
    let (key, value) = (KernelNumbers(packedKeys), KernelNumbers(packedValues))
    let y = KernelNumbers<Float>(repeating: 99, count: queries * width)
    let scratch = Storage(count: tileAttentionScratch(width, width))
    var head = TileAttention(
      q: query.pointer, queryStride: width, queries: queries, k: key.pointer, v: value.pointer,
      keys: keys, width: width, valueWidth: width, scale: scale, y: y.pointer, rounded: nil,
      resultStride: width, logTotals: nil)
    kernels.attention(&head, scratch.pointer)
    return y.values
  }

  /// Against double precision, of the rounded factors.
  func error(_ y: [Float]) -> Double {
    let (q, k, v) = (rounded(q), rounded(k), rounded(v))
    var (worst, largest) = (0.0, 0.0)
    for r in 0..<queries {
      let scores = (0..<keys).map { j in
        (0..<width).reduce(0.0) { $0 + q[r * width + $1] * k[j * width + $1] } * Double(scale)
      }
      let most = scores.max() ?? 0
      let weights = scores.map { exp($0 - most) }
      let total = weights.reduce(0, +)
      for c in 0..<width {
        let mean = (0..<keys).reduce(0.0) { $0 + weights[$1] * v[$1 * width + c] } / total
        worst = max(worst, abs(Double(y[r * width + c]) - mean))
        largest = max(largest, abs(mean))
      }
    }
    return worst / largest
  }

  private func rounded(_ x: [Float]) -> [Double] {
    x.map { Double(TileNumbers.float(TileNumbers.brain($0))) }
  }
}

/// One head's attention and the gradient of its output.
struct TileAttentionGradientCase {
  let queries: Int, keys: Int, width: Int

  func gradients(_ kernels: TileKernels) -> [[Float]] {
    var random = RandomStream(seed: 7, purpose: "tile attention gradient", index: UInt64(keys))
    func brains(_ rows: Int) -> KernelNumbers<UInt16> {
      KernelNumbers(random.normals(rows * width).map(TileNumbers.brain))
    }
    func unset(_ rows: Int) -> KernelNumbers<Float> { .init(repeating: 99, count: rows * width) }
    let (q, k, v) = (brains(queries), brains(keys), brains(keys))
    let y = KernelNumbers(random.normals(queries * width))
    let dy = KernelNumbers(random.normals(queries * width))
    let logTotals = KernelNumbers((0..<queries).map { _ in random.uniform(3, 9) })
    let (dq, dk, dv) = (unset(queries), unset(keys), unset(keys))
    let scratch = Storage(count: tileAttentionGradientScratch(queries, keys, width, width))
    var gradient = TileAttentionGradient(
      q: q.pointer, k: k.pointer, v: v.pointer, queryStride: width, keyStride: width,
      valueStride: width, queries: queries, keys: keys, width: width, valueWidth: width,
      scale: 0.3, y: y.pointer, dy: dy.pointer, logTotals: logTotals.pointer,
      resultStride: width, dq: dq.pointer, dk: dk.pointer, dv: dv.pointer, gradientStride: width)
    kernels.attentionGradient(&gradient, scratch.pointer)
    return [dq.values, dk.values, dv.values]
  }
}
