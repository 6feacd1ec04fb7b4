import Autograd
import Models
import Pictures
import Tensors

/// How differently an image encoder sees two pictures: the squared difference of its normalised tokens
/// after every layer.
///
/// - Source: Zhang et al., arXiv:1801.03924, with an image encoder in place of VGG and all layers alike.
package struct PerceptualLoss {
  private let encoder: ImageEncoder

  package init(_ encoder: ImageEncoder) { self.encoder = encoder }

  /// The mean over layers, tokens and channels; pictures are looked at in squares as large as the encoder's
  /// own pictures, from the upper left on.
  ///
  /// - Shape: `[N, H, W, 3]` in [−1, 1], `H` and `W` at least the encoder's size → `[]`.
  package func callAsFunction(_ pictures: Variable, _ target: Tensor) -> Variable {
    let wanted = withoutGradients { states(Variable(target)) }
    let found = states(pictures)
    let errors = zip(found, wanted).map { $0.meanSquaredError($1) }
    return errors.dropFirst().reduce(errors[0], +).scaled(by: 1 / Float(errors.count))
  }

  private func states(_ pictures: Variable) -> [Variable] {
    let width = encoder.configuration.hiddenSize
    let (one, zero) = (Variable(Tensor(full: [width], 1)), Variable(Tensor(zeros: [width])))
    return encoder.hiddenStates(normalized(squares(pictures)))
      .map { $0.layerNorm(one, zero, epsilon: 1e-5) }
  }

  private func squares(_ pictures: Variable) -> Variable {
    let size = encoder.configuration.imageSize
    let (rows, columns) = (pictures.shape[1] / size, pictures.shape[2] / size)
    let parts = (0..<rows * columns).map { place in
      let (row, column) = place.quotientAndRemainder(dividingBy: columns)
      return pictures.slice(row * size..<(row + 1) * size, axis: 1)
        .slice(column * size..<(column + 1) * size, axis: 2)
    }
    return .concatenated(parts, axis: 0)
  }

  /// From [−1, 1] to what CLIP's pictures are.
  private func normalized(_ pictures: Variable) -> Variable {
    let (mean, deviation) = (CLIPStatistics.mean, CLIPStatistics.deviation)
    let scale = Tensor([3], deviation.map { 0.5 / $0 })
    let offset = Tensor([3], zip(mean, deviation).map { (0.5 - $0) / $1 })
    return pictures * Variable(scale) + Variable(offset)
  }
}
