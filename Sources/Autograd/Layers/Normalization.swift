/// Normalises the channels of a picture in groups.
///
/// - Shape: `[N, H, W, C]` → same.
/// - Source: torch.nn.GroupNorm.
public struct GroupNorm: Sendable {
  let weight: Parameter
  let bias: Parameter
  let groups: Int
  let epsilon: Float

  public init(_ scope: ParameterScope, groups: Int, channels: Int, epsilon: Float) {
    weight = scope.parameter("weight", [channels], .constant(1))
    bias = scope.parameter("bias", [channels], .constant(0))
    self.groups = groups
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    x.groupNorm(groups: groups, weight.variable, bias.variable, epsilon: epsilon)
  }

  /// `silu(norm(x))` in one pass over memory.
  public func silu(_ x: Variable) -> Variable {
    x.groupNorm(
      groups: groups, weight.variable, bias.variable, epsilon: epsilon, silu: true)
  }
}

/// Normalises each token.
///
/// - Shape: `[N, T, C]` → same.
/// - Source: torch.nn.LayerNorm.
public struct LayerNorm: Sendable {
  public let path: String
  let weight: Parameter
  let bias: Parameter
  let epsilon: Float

  public init(_ scope: ParameterScope, _ channels: Int, epsilon: Float = 1e-5) {
    path = scope.prefix
    weight = scope.parameter("weight", [channels], .constant(1))
    bias = scope.parameter("bias", [channels], .constant(0))
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    x.layerNorm(weight.variable, bias.variable, epsilon: epsilon)
  }
}
