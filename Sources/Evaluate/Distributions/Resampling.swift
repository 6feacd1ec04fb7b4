import Synchronization
import Tensors

/// How often each of `count` cases occurs in a bootstrap resample: seed 0, a stream for each index.
func resampledWeights(_ count: Int, index: Int) -> [Double] {
  var random = RandomStream(seed: 0, purpose: "bootstrap of a set", index: UInt64(index))
  var weights = [Double](repeating: 0, count: count)
  for _ in 0..<count {
    // Multiply-shift, as in `bootstrapInterval`.
    weights[Int((UInt64(random.nextWord()) * UInt64(count)) >> 32)] += 1
  }
  return weights
}

/// The standard deviation, with the divisor n − 1; at least two values.
func deviation(_ values: [Double]) -> Double {
  let center = mean(values)
  let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
  return (squares / Double(values.count - 1)).squareRoot()
}

/// The 95 % interval of a value whose error is taken as normal: low, high.
func normalInterval(_ value: Double, standardError: Double) -> [Double] {
  [value - 1.959963984540054 * standardError, value + 1.959963984540054 * standardError]
}
