import Evaluation
import Pictures
import Synchronization
import Tensors

/// ``ColourEncoder`` that remembers how many pictures it was asked for and can break down.
final class BreakableEncoder: RegionEncoder {
  private let encoder = ColourEncoder()
  private let state: Mutex<(asked: Int, left: Int)>

  struct Broken: Error {}

  /// - Parameter lasting: Pictures until it breaks.
  init(lasting: Int = .max) { state = Mutex((0, lasting)) }

  var identifier: String { encoder.identifier }
  var contentHash: String { encoder.contentHash }
  var dimension: Int { encoder.dimension }
  var asked: Int { state.withLock { $0.asked } }

  func features(_ pictures: [Image]) throws -> Tensor {
    try count(pictures.count)
    return try encoder.features(pictures)
  }

  func clipScoreFeatures(results: [(picture: Image, box: PixelRectangle)]) throws -> Tensor {
    try count(results.count)
    return try encoder.clipScoreFeatures(results: results)
  }

  func clipScoreFeatures(references: [Image]) throws -> Tensor {
    try count(references.count)
    return try encoder.clipScoreFeatures(references: references)
  }

  private func count(_ pictures: Int) throws {
    try state.withLock { state in
      guard state.left >= pictures else { throw Broken() }
      state.left -= pictures
      state.asked += pictures
    }
  }
}
