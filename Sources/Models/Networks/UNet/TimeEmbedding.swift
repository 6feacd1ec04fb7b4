import Autograd
import Foundation
import Tensors

/// A timestep as a vector: sinusoids through two linear layers.
///
/// - Shape: timesteps `[N]` → `[N, 4 · channels]`.
/// - Source: Ho et al., arXiv:2006.11239, appendix B; `TimestepEmbedding` of diffusers.
package struct TimeEmbedding: Sendable {
  let path: String
  let channels: Int
  let linear1: Linear
  let linear2: Linear

  init(_ scope: ParameterScope, channels: Int, output: Int) {
    path = scope.prefix
    self.channels = channels
    linear1 = Linear(scope / "linear_1", channels, output)
    linear2 = Linear(scope / "linear_2", output, output)
  }

  package func callAsFunction(_ timesteps: [Int]) -> Variable {
    let sinusoids = Variable(Self.sinusoids(timesteps, channels: channels))
    return linear2(linear1(sinusoids).silu()).traced(as: path)
  }

  /// Cosines, then sines, of the timestep times frequencies falling from 1 to nearly 1/10,000.
  ///
  /// - Shape: `[N]` → `[N, channels]`.
  /// - Source: `timestep_embedding` of ldm; diffusers with `flip_sin_to_cos`, `freq_shift` 0.
  package static func sinusoids(_ timesteps: [Int], channels: Int) -> Tensor {
    let half = channels / 2
    let frequencies = (0..<half).map { exp(-log(10_000) * Double($0) / Double(half)) }
    let rows = timesteps.map { t in
      let angles = frequencies.map { Double(t) * $0 }
      return angles.map { Float(cos($0)) } + angles.map { Float(sin($0)) }
    }
    return Tensor([timesteps.count, channels], rows.flatMap { $0 })
  }
}
