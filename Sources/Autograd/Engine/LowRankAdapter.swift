/// A trained change of low rank to the weight of a linear map or a convolution that stays as it is:
/// `y = W x + B A x`.
///
/// - Source: Hu et al., "LoRA: Low-rank adaptation of large language models", arXiv:2106.09685, eq. 3.
public struct LowRankAdapter: Sendable {
  /// `[r, input]`, or `[r, input, kernel, kernel]` for a convolution.
  public let a: Parameter
  /// `[output, r]`, or `[output, r, 1, 1]` for a convolution. Zero at first, and so is the change.
  public let b: Parameter

  /// - Parameters:
  ///   - scope: of `lora_A.weight` and `lora_B.weight`, as diffusers names them.
  ///   - weight: the shape of what is changed, `[output, input]` or `[output, input, kernel, kernel]`.
  ///   - rank: r.
  ///   - rate: of learning, for B in units of A's. Under Adam it is what a constant factor before `B A`
  ///     would be.
  public init(_ scope: ParameterScope, weight: [Int], rank: Int, rate: Double = 1) {
    let ones = [Int](repeating: 1, count: weight.count - 2)
    a = scope.parameter(
      "lora_A.weight", [rank] + weight.dropFirst(), .normal(deviation: 1 / Float(rank)))
    b = scope.parameter("lora_B.weight", [weight[0], rank] + ones, .constant(0), rate: rate)
  }
}
