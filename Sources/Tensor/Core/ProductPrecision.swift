import Kernels

/// Which numbers the factors of products are rounded to; sums are always fp32.
public enum ProductPrecision: String, CaseIterable, Sendable {
  case fp32
  /// 16-bit brain floats: 8 bits of fraction instead of 24, at 2 to 16 times the speed.
  case bf16
  /// Each factor as the sum of two brain floats, 17 bits, of whose products the three largest are
  /// summed (Henry, Tang & Heinecke, arXiv:1904.06376). Attention stays fp32.
  case bf16x3

  /// Whether this CPU can multiply such numbers.
  public var isSupported: Bool {
    switch self {
    case .fp32: true
    case .bf16: tiles != nil || bfloatKernels != nil
    case .bf16x3: tiles != nil
    }
  }

  /// What this CPU computes when asked for this.
  public var inEffect: ProductPrecision { isSupported ? self : .fp32 }

  /// This where tiles multiply, else fp32: of networks that other products of brain floats would hardly
  /// make faster.
  package var onTiles: ProductPrecision { tilePieces == nil ? .fp32 : self }

  /// Brain floats that stand for a number where tiles multiply; nil where they do not.
  package var tilePieces: Int? {
    guard tiles != nil else { return nil }
    switch self {
    case .fp32: return nil
    case .bf16: return 1
    case .bf16x3: return 2
    }
  }
}
