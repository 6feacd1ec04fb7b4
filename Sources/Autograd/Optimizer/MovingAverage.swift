import Tensors

/// Weights averaged over the steps of a training, exponentially: better to sample from than the last.
///
/// The decay grows from 0.18 to its final value, so that the random start is soon forgotten.
///
/// - Source: `LitEma` in ldm/modules/ema.py.
public struct MovingAverage {
  public let parameters: [Parameter]
  public var values: [Tensor]
  public var updates = 0
  private let decay: Double

  public init(_ parameters: [Parameter], decay: Double) {
    self.parameters = parameters
    self.decay = decay
    values = parameters.map(\.value)  // shared until the first update
  }

  public mutating func update() {
    updates += 1
    let weight = Float(1 - min(decay, Double(1 + updates) / Double(10 + updates)))
    for (i, parameter) in parameters.enumerated() {
      values[i].interpolate(towards: parameter.value, weight: weight)
    }
  }

  /// Runs `body` with the averaged weights in place of the trained ones.
  public func applied<Result>(_ body: () throws -> Result) rethrows -> Result {
    let trained = parameters.map(\.value)
    for (parameter, value) in zip(parameters, values) { parameter.value = value }
    defer { for (parameter, value) in zip(parameters, trained) { parameter.value = value } }
    return try body()
  }
}
