import Pictures
import Support
import Synchronization
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
    let failures = Mutex<[Int: any Error]>([:])
    let result = Tensor([items.count, dimension]) { rows in
      parallelFor(items.count) { i in
        do {
          let feature = try feature(items[i])
          guard feature.isFinite else { throw EncoderError.notFinite(encoder: identifier) }
          feature.withUnsafeBufferPointer { values in
            for (k, value) in values.enumerated() { rows[i * dimension + k] = value }
          }
        } catch {
          failures.withLock { $0[i] = error }
        }
      }
    }
    if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
    return result
  }
}
