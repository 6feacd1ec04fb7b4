import Foundation
import Kernels

/// What multiplies matrices of fp32.
///
/// Our own tiles of registers are written for AVX2 and AVX-512, where they are 1.4 to 2.2 times as fast as
/// Debian's OpenBLAS. OpenBLAS has code for many more processors: it is taken wherever ours has only what
/// every compiler makes of plain C, the kernels' `baseline`.
public enum ProductEngine: String, CaseIterable, Sendable {
  case ours
  /// One thread of it within each of our loops.
  case openBLAS = "openblas"

  /// The environment variable that chooses one, in every program.
  public static let variable = "PBE_PRODUCTS"

  /// The one in use.
  public static let current = ProductEngine(
    asked: ProcessInfo.processInfo.environment[variable], instructionSet: instructionSet)

  /// The one that is asked for, or else the faster one for kernels of that name.
  package init(asked: String?, instructionSet: String) {
    self =
      asked.flatMap(ProductEngine.init(rawValue:))
      ?? (instructionSet == "baseline" ? .openBLAS : .ours)
  }
}

extension PanelProduct {
  /// Multiplies by the engine in use.
  mutating func run() {
    switch ProductEngine.current {
    case .ours: kernels.panelProduct(&self)
    case .openBLAS: multiplyByOpenBLAS()
    }
  }

  private func multiplyByOpenBLAS() {
    if let start {
      for row in 0..<rows { (y + row * yStride).update(from: start, count: columns) }
    }
    OpenBLAS.product(
      rows, columns, count, a, lda: aStride, transposeA: isTransposed, b, ldb: bStride,
      adds: adds || start != nil, y, ldc: yStride)
  }
}
