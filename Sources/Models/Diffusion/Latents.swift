import Autograd
import Tensors

/// What samplers bring from noise to a picture: plain numbers, or variables, through which gradients flow
/// back from the picture to the condition and the starting noise.
///
/// A sampler is written once, for both.
public protocol Latents: Sendable {
  var shape: [Int] { get }

  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (latents: Self, factor: Float) -> Self
  /// Adds `factor · other`.
  mutating func add(_ other: Self, scaledBy factor: Float)

  /// Numbers outside [low, high] replaced by the nearer bound.
  func clamped(_ low: Float, _ high: Float) -> Self

  /// Elements `range` of one axis.
  func slice(_ range: Range<Int>, axis: Int) -> Self
  static func concatenated(_ parts: [Self], axis: Int) -> Self

  /// Numbers that no gradient flows to.
  static func constant(_ value: Tensor) -> Self
  /// What a network makes of latents; plain numbers keep no record of it.
  static func output(of network: (Variable) throws -> Variable, _ latents: Self) rethrows -> Self
}

extension Tensor: Latents {
  public static func constant(_ value: Tensor) -> Tensor { value }

  public static func output(
    of network: (Variable) throws -> Variable, _ latents: Tensor
  ) rethrows -> Tensor {
    try withoutGradients { try network(Variable(latents)).value }
  }
}

extension Variable: Latents {
  public static func * (latents: Variable, factor: Float) -> Variable {
    latents.scaled(by: factor)
  }

  public static func constant(_ value: Tensor) -> Variable { Variable(value) }

  public static func output(
    of network: (Variable) throws -> Variable, _ latents: Variable
  ) rethrows -> Variable {
    try network(latents)
  }
}

extension Latents where Self == Variable {
  public mutating func add(_ other: Variable, scaledBy factor: Float) {
    self = self + other.scaled(by: factor)
  }
}
