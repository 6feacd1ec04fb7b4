import Support

// Batch norm is group norm of one picture, the whole batch, with a group for each channel.

extension Tensor {
  /// The batch's positions as one picture, and each channel a group.
  package var asOnePicture: Tensor {
    let channels = shape.last ?? 1
    return reshaped([1, count / max(channels, 1), channels])
  }

  /// What batch norm of this needs of it, with mean and variance (divisor n − 1) of each channel.
  package func batchNormStatistics(
    _ gamma: Tensor, _ beta: Tensor, epsilon: Float
  ) -> (norm: GroupNormStatistics, mean: Tensor, variance: Tensor) {
    let picture = asOnePicture
    let channels = gamma.count
    let norm = picture.groupNormStatistics(groups: channels, gamma, beta, epsilon: epsilon)
    let count = Double(picture.shape[1])
    let variances = norm.inverseDeviation.map { inverse in
      max(1 / (inverse * inverse) - Double(epsilon), 0) * count / max(count - 1, 1)
    }
    return (
      norm, Tensor([channels], norm.mean.map(Float.init)),
      Tensor([channels], variances.map(Float.init))
    )
  }
}
