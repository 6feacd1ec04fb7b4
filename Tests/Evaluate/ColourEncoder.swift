import Evaluation
import Pictures
import Tensors

/// Stands in for CLIP: a picture's mean colour over the left and the right half.
struct ColourEncoder: RegionEncoder {
  var identifier = "colours"
  var contentHash = "c0"
  let dimension = 6

  func features(_ pictures: [Image]) throws -> Tensor {
    Tensor([pictures.count, dimension], pictures.flatMap(halves))
  }

  func clipScoreFeatures(results: [(picture: Image, box: PixelRectangle)]) throws -> Tensor {
    try features(results.map { $0.picture.cropped(to: $0.box) })
  }

  func clipScoreFeatures(references: [Image]) throws -> Tensor { try features(references) }

  private func halves(_ picture: Image) -> [Float] {
    var sums = [Float](repeating: 0, count: 6)
    for (i, value) in picture.pixels.enumerated() {
      let x = i / 3 % picture.width
      sums[(2 * x < picture.width ? 0 : 3) + i % 3] += Float(value)
    }
    return sums.map { $0 / Float(picture.pixels.count) }
  }
}
