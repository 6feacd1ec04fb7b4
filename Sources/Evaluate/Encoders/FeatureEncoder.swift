import Pictures
import Support
import Tensors

/// A network that turns pictures into the features that metrics compare.
///
/// Each picture's features are the same, bit for bit, whatever the other pictures of a call, the
/// order and the number of threads: shards of a bench add up to the whole.
public protocol FeatureEncoder: Sendable {
  /// Which network, and how pictures are prepared for it: "InceptionV3 (FID weights), resize clean".
  var identifier: String { get }

  /// SHA-256 of the weights and sizes as they are used: the same whichever kind of file they came
  /// from.
  var contentHash: String { get }

  /// Features of one picture.
  var dimension: Int { get }

  /// - Shape: → `[pictures.count, dimension]`.
  func features(_ pictures: [Image]) throws -> Tensor
}

extension FeatureEncoder {
  /// One row of features an item, on all threads.
  ///
  /// Every item is prepared and goes through the network by itself: the rounding of a matrix product
  /// depends on its number of rows, so that a batch would change its members' last bits. Inside a
  /// thread's item everything is computed as if there were one thread.
  ///
  /// - Shape: → `[items.count, dimension]`.
  func features<Item: Sendable>(
    of items: [Item], _ feature: @Sendable (Item) throws -> Tensor
  ) throws -> Tensor {
    let rows = try parallelMap(items.count) { i in
      let row = try feature(items[i])
      guard row.isFinite else { throw EncoderError.notFinite(encoder: identifier) }
      return row.reshaped([1, dimension])
    }
    return rows.isEmpty ? Tensor(zeros: [0, dimension]) : .concatenated(rows, axis: 0)
  }
}
