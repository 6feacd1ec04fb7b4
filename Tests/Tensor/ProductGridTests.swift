import Support
import Synchronization
import Tensors
import TestSupport
import Testing

/// How products are cut for the pool.
@Suite struct ProductGridTests {
  /// Rows, columns and depth of a product, and whether its sums may be cut.
  static let products = [
    (1, 1, 1, false), (257, 1024, 1024, false), (2, 1280, 320, false), (77, 1000, 33, true),
    (320, 320, 4096, true), (8192, 320, 320, false), (6, 65, 100_000, true), (5, 7, 0, false),
  ]

  @Test(arguments: products)
  func everyTermIsInOnePiece(_ m: Int, _ n: Int, _ k: Int, _ cutsSums: Bool) {
    var terms = [[Int]](repeating: [Int](repeating: 0, count: n), count: m)
    for piece in pieces(m, n, k, cutsSums) {
      for row in piece.rows {
        for column in piece.columns { terms[row][column] += piece.depth.count }
      }
    }
    #expect(terms.allSatisfy { $0.allSatisfy { $0 == k } })
  }

  /// Products of a UNet at 64², of CLIP and of a weight's gradient: 64 threads are kept busy.
  @Test(arguments: [
    (8192, 320, 320, false), (512, 1280, 1280, false), (257, 1024, 1024, false),
    (320, 320, 4096, true), (1280, 1280, 128, true),
  ])
  func largeProductsHavePiecesFor64Threads(_ m: Int, _ n: Int, _ k: Int, _ cutsSums: Bool) {
    let count = pieces(m, n, k, cutsSums).count
    #expect(count >= 64, "\(m)×\(n)×\(k): \(count) pieces")
  }

  @Test func littleWorkStaysWhole() { #expect(pieces(32, 64, 64, false).count == 1) }

  /// By the sizes alone: results must not depend on the number of threads.
  @Test func theCutIsTheSameForAnyNumberOfThreads() {
    let counts = onThreads([1, 2, 33]) { _ in pieces(320, 320, 4096, true).count }
    #expect(Set(counts).count == 1)
  }

  private func pieces(_ m: Int, _ n: Int, _ k: Int, _ cutsSums: Bool) -> [ProductGrid.Piece] {
    var freedom = ProductGrid.Freedom()
    if cutsSums { freedom.shallowest = 1024 }
    let found = Mutex<[ProductGrid.Piece]>([])
    ProductGrid(m, n, k, freedom).forEachPiece { piece in found.withLock { $0.append(piece) } }
    return found.withLock { $0 }
  }
}
