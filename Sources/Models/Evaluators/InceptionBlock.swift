import Autograd
import Tensors

/// Branches that see the same picture; their channels are put side by side.
///
/// - Source: torchvision's inception.py with the changes of pytorch-fid's inception.py: averages
///   don't count what lies outside the picture, and the last block takes maxima.
struct InceptionBlock: Sendable {
  let branches: [InceptionBranch]

  func callAsFunction(_ x: Tensor) -> Tensor {
    .concatenated(branches.map { $0(x) }, axis: 3)
  }
}

/// Pooling, or not, then units one after the other, and at the end, or not, several at once.
struct InceptionBranch: Sendable {
  enum Pooling: Sendable {
    case none
    /// 3×3 windows that keep the picture's size.
    case average, maximum
    /// 3×3 windows that halve it.
    case reduction
  }

  var pooling = Pooling.none
  var chain: [InceptionUnit] = []
  var fork: [InceptionUnit] = []

  func callAsFunction(_ x: Tensor) -> Tensor {
    let pooled =
      switch pooling {
      case .none: x
      case .average: x.averagePooled(size: 3, stride: 1, padding: 1)
      case .maximum: x.maximumPooled(size: 3, stride: 1, padding: 1)
      case .reduction: x.maximumPooled(size: 3, stride: 2)
      }
    let h = chain.reduce(pooled) { $1($0) }
    return fork.isEmpty ? h : .concatenated(fork.map { $0(h) }, axis: 3)
  }
}

/// Makes the units of a block, each below the name that torchvision gives it.
private struct Units {
  let scope: ParameterScope

  func callAsFunction(
    _ name: String, _ input: Int, _ output: Int, _ height: Int = 1, _ width: Int = 1
  ) -> InceptionUnit {
    InceptionUnit(scope / name, input, output, kernel: (height, width))
  }

  /// A 3×3 unit that halves the picture.
  func halving(_ name: String, _ input: Int, _ output: Int) -> InceptionUnit {
    InceptionUnit(scope / name, input, output, kernel: (3, 3), stride: 2, isPadded: false)
  }
}

extension InceptionBlock {
  /// `InceptionA`: pictures of 35×35.
  static func fine(_ scope: ParameterScope, _ input: Int, pooled: Int) -> InceptionBlock {
    let unit = Units(scope: scope)
    return InceptionBlock(branches: [
      InceptionBranch(chain: [unit("branch1x1", input, 64)]),
      InceptionBranch(chain: [
        unit("branch5x5_1", input, 48), unit("branch5x5_2", 48, 64, 5, 5),
      ]),
      InceptionBranch(chain: [
        unit("branch3x3dbl_1", input, 64), unit("branch3x3dbl_2", 64, 96, 3, 3),
        unit("branch3x3dbl_3", 96, 96, 3, 3),
      ]),
      InceptionBranch(pooling: .average, chain: [unit("branch_pool", input, pooled)]),
    ])
  }

  /// `InceptionB`: from 35×35 to 17×17.
  static func fineToMiddle(_ scope: ParameterScope, _ input: Int) -> InceptionBlock {
    let unit = Units(scope: scope)
    return InceptionBlock(branches: [
      InceptionBranch(chain: [unit.halving("branch3x3", input, 384)]),
      InceptionBranch(chain: [
        unit("branch3x3dbl_1", input, 64), unit("branch3x3dbl_2", 64, 96, 3, 3),
        unit.halving("branch3x3dbl_3", 96, 96),
      ]),
      InceptionBranch(pooling: .reduction),
    ])
  }

  /// `InceptionC`: 17×17, windows of 7×7 as products of 1×7 and 7×1.
  static func middle(_ scope: ParameterScope, _ input: Int, inner: Int) -> InceptionBlock {
    let unit = Units(scope: scope)
    return InceptionBlock(branches: [
      InceptionBranch(chain: [unit("branch1x1", input, 192)]),
      InceptionBranch(chain: [
        unit("branch7x7_1", input, inner), unit("branch7x7_2", inner, inner, 1, 7),
        unit("branch7x7_3", inner, 192, 7, 1),
      ]),
      InceptionBranch(chain: [
        unit("branch7x7dbl_1", input, inner), unit("branch7x7dbl_2", inner, inner, 7, 1),
        unit("branch7x7dbl_3", inner, inner, 1, 7), unit("branch7x7dbl_4", inner, inner, 7, 1),
        unit("branch7x7dbl_5", inner, 192, 1, 7),
      ]),
      InceptionBranch(pooling: .average, chain: [unit("branch_pool", input, 192)]),
    ])
  }

  /// `InceptionD`: from 17×17 to 8×8.
  static func middleToCoarse(_ scope: ParameterScope, _ input: Int) -> InceptionBlock {
    let unit = Units(scope: scope)
    return InceptionBlock(branches: [
      InceptionBranch(chain: [
        unit("branch3x3_1", input, 192), unit.halving("branch3x3_2", 192, 320),
      ]),
      InceptionBranch(chain: [
        unit("branch7x7x3_1", input, 192), unit("branch7x7x3_2", 192, 192, 1, 7),
        unit("branch7x7x3_3", 192, 192, 7, 1), unit.halving("branch7x7x3_4", 192, 192),
      ]),
      InceptionBranch(pooling: .reduction),
    ])
  }

  /// `InceptionE`: 8×8.
  static func coarse(
    _ scope: ParameterScope, _ input: Int, pooling: InceptionBranch.Pooling
  ) -> InceptionBlock {
    let unit = Units(scope: scope)
    return InceptionBlock(branches: [
      InceptionBranch(chain: [unit("branch1x1", input, 320)]),
      InceptionBranch(
        chain: [unit("branch3x3_1", input, 384)],
        fork: [unit("branch3x3_2a", 384, 384, 1, 3), unit("branch3x3_2b", 384, 384, 3, 1)]),
      InceptionBranch(
        chain: [unit("branch3x3dbl_1", input, 448), unit("branch3x3dbl_2", 448, 384, 3, 3)],
        fork: [unit("branch3x3dbl_3a", 384, 384, 1, 3), unit("branch3x3dbl_3b", 384, 384, 3, 1)]),
      InceptionBranch(pooling: pooling, chain: [unit("branch_pool", input, 192)]),
    ])
  }
}
