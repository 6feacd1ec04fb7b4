import Support
import Tensors

/// The mean gradient over several micro-batches, in the order of the parameters.
public struct GradientAccumulator {
  public let parameters: [Parameter]
  /// nil where a parameter had no influence yet.
  public private(set) var gradients: [Tensor?]

  public init(_ parameters: [Parameter]) {
    self.parameters = parameters
    gradients = parameters.map { _ in nil }
  }

  public mutating func add(_ new: Gradients) {
    for (i, parameter) in parameters.enumerated() {
      guard let gradient = new[parameter] else { continue }
      if gradients[i]?.add(gradient) == nil { gradients[i] = gradient }
    }
  }

  /// Adds what was accumulated elsewhere for the same parameters.
  public mutating func add(_ other: GradientAccumulator) {
    check(other.gradients.count == gradients.count, "gradients of other parameters")
    for (i, gradient) in other.gradients.enumerated() {
      guard let gradient else { continue }
      if gradients[i]?.add(gradient) == nil { gradients[i] = gradient }
    }
  }

  /// Hands a parameter's gradient over: it is nil here from then on.
  package mutating func take(_ index: Int) -> Tensor? {
    defer { gradients[index] = nil }
    return gradients[index]
  }

  /// The Euclidean norm over all gradients together; infinite or NaN if one of them is.
  public var norm: Double {
    gradients.reduce(0) { $0 + ($1?.sumOfSquares() ?? 0) }.squareRoot()
  }

  /// Parameters whose gradient is not finite, by name.
  public var broken: [String] {
    zip(parameters, gradients).filter { $0.1?.isFinite == false }.map(\.0.name)
  }
}

/// The factor that brings a gradient's global norm down to `limit`.
///
/// - Source: torch.nn.utils.clip_grad_norm_.
public func clippingScale(norm: Double, limit: Double?) -> Double {
  limit.map { min(1, $0 / (norm + 1e-6)) } ?? 1
}
