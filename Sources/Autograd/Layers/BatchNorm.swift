import Synchronization
import Tensors

/// Normalises each channel over a batch in training, and by running statistics otherwise.
///
/// Inside ``withBatchStatistics(_:)`` it takes the batch's own mean and variance and reports them; the
/// running ones change only by ``BatchStatistics/update(count:momentum:)``. They are parameters that no
/// gradient reaches, so that they are written and read with the weights.
///
/// - Shape: `[N, H, W, C]` → same.
/// - Source: torch.nn.BatchNorm2d.
public struct BatchNorm: Sendable {
  let weight: Parameter
  let bias: Parameter
  let mean: Parameter
  let variance: Parameter

  private static let epsilon: Float = 1e-5

  public init(_ scope: ParameterScope, _ channels: Int) {
    weight = scope.parameter("weight", [channels], .constant(1))
    bias = scope.parameter("bias", [channels], .constant(0))
    mean = scope.parameter("running_mean", [channels], .constant(0))
    variance = scope.parameter("running_var", [channels], .constant(1))
    mean.isTrainable = false
    variance.isTrainable = false
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    guard let collector = StatisticsCollector.current else {
      return x.batchNorm(
        weight.variable, bias.variable, mean: mean.value, variance: variance.value,
        epsilon: Self.epsilon)
    }
    let (output, mean, variance) = x.batchNorm(
      weight.variable, bias.variable, epsilon: Self.epsilon)
    collector.found.withLock {
      $0.append((self.mean, mean))
      $0.append((self.variance, variance))
    }
    return output
  }
}

/// The means and variances that a batch had in each batch norm, in the order of their evaluation.
public struct BatchStatistics: Sendable {
  let parameters: [Parameter]
  public private(set) var values: [Tensor]

  /// Sums this batch's with another's of the same network.
  public mutating func add(_ other: BatchStatistics) {
    for i in values.indices { values[i].add(other.values[i]) }
  }

  /// The same statistics with other values: sums over replicas, say.
  public func replacing(_ values: [Tensor]) -> BatchStatistics {
    var result = self
    result.values = values
    return result
  }

  /// Moves the running statistics towards the mean of these, which are sums over several batches.
  ///
  /// - Parameters:
  ///   - count: how many batches.
  ///   - momentum: the new statistics' share; PyTorch's default is 0.1.
  public func update(count: Int, momentum: Float = 0.1) {
    for (parameter, sum) in zip(parameters, values) {
      parameter.value = parameter.value * (1 - momentum) + sum * (momentum / Float(count))
    }
  }
}

/// Runs `body` with batch norms that take their batch's own statistics, as in training, and returns
/// those.
public func withBatchStatistics<Result>(
  _ body: () throws -> Result
) rethrows -> (result: Result, statistics: BatchStatistics) {
  let collector = StatisticsCollector()
  let result = try StatisticsCollector.$current.withValue(collector) { try body() }
  let found = collector.found.withLock { $0 }
  return (result, BatchStatistics(parameters: found.map(\.0), values: found.map(\.1)))
}

private final class StatisticsCollector: Sendable {
  let found = Mutex<[(Parameter, Tensor)]>([])

  @TaskLocal static var current: StatisticsCollector?
}
