import Autograd
import Foundation
import Tensors

extension AutoencoderTrainingConfiguration.Reconstruction {
  /// The mean error over all values of two batches of one shape.
  func error(_ reconstruction: Variable, _ target: Tensor) -> Variable {
    switch self {
    case .squared: reconstruction.meanSquaredError(Variable(target))
    case .absolute: reconstruction.meanAbsoluteError(Variable(target))
    }
  }
}

/// What a validation of reconstructions reports: the mean squared error of values from -1 to 1, and the PSNR it
/// means.
func reconstructionMetrics(
  _ batches: [Tensor], _ pairs: (Tensor) -> (found: Tensor, expected: Tensor)
) -> [(name: String, value: Double)] {
  guard !batches.isEmpty else { return [] }
  let errors = batches.map { batch in
    let (found, expected) = pairs(batch)
    return found.squaredDistance(to: expected) / Double(expected.count)
  }
  let mean = errors.reduce(0, +) / Double(errors.count)
  return [("validation_mse", mean), ("validation_psnr", 10 * log10(4 / max(mean, 1e-12)))]
}
