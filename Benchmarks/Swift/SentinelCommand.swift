import ArgumentParser
import Foundation
import Kernels
import Tensors

/// `pbe-bench sentinel`: how fast AMX is right now, for whoever times what uses it.
///
/// On shared hosts it falls to a quarter of its speed for seconds or minutes, whatever runs here; what is
/// measured then says nothing.
struct SentinelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sentinel",
    abstract: "Say how fast AMX is, in GFLOP/s of one core, for each line that is read.",
    discussion: "Prints {\"gflops\": null} where this CPU has no AMX.")

  func run() {
    let probe = tileKernelsNamed("amx").map { TileProbe(kernels: $0.pointee) }
    while readLine() != nil {
      print("{\"gflops\": \(probe.map { "\(Int($0.speed()))" } ?? "null")}")
      fflush(nil)
    }
  }
}

/// A product of 32 × 320 by 320 × 32, which stays in the first-level cache.
private struct TileProbe {
  let kernels: TileKernels
  private let rows = Storage(count: 32 * 320 / 2), strip = Storage(count: 320 * 32 / 2)
  private let result = Storage(count: 32 * 32)
  private let scratch = Storage(count: tileProductScratch(32))

  init(kernels: TileKernels) {
    self.kernels = kernels
    for storage in [rows, strip] { storage.pointer.update(repeating: 0, count: 32 * 320 / 2) }
  }

  /// GFLOP/s, the best of three bursts of a quarter of a millisecond.
  func speed() -> Double {
    let products = 32
    let seconds = fastest(of: 3) { for _ in 0..<products { product() } }
    return Double(products) * 2 * 32 * 32 * 320 / seconds / 1e9
  }

  private func product() {
    let (rowBytes, noShift) = ([0, 16 * 640], [0])
    let resultTiles = [0, 16 * 32]
    rowBytes.withUnsafeBufferPointer { tiles in
      noShift.withUnsafeBufferPointer { segments in
        resultTiles.withUnsafeBufferPointer { resultTiles in
          guard let tiles = tiles.baseAddress, let segments = segments.baseAddress,
            let resultTiles = resultTiles.baseAddress
          else { return }
          var a = TileFactor(
            start: rows.pointer, tiles: tiles, row: 640, segments: segments, segmentCount: 1,
            blocks: 10, piece: 0)
          var y = TileResult(
            y: result.pointer, rounded: nil, piece: 0, pieces: 1, tiles: resultTiles, row: 32,
            start: nil, plus: nil, activation: TILE_IDENTITY, streams: 0)
          let words = UnsafeRawPointer(strip.pointer).assumingMemoryBound(to: UInt16.self)
          kernels.product(&a, 32, words, 32, 1, &y, scratch.pointer)
        }
      }
    }
  }
}
