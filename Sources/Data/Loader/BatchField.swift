import Pictures
import Tensors

/// A field of a batch that is being made, such as its masks: room for `count` items.
///
/// Safe to share although threads write to it: each item is written by the one thread that was given
/// its slot, and ``tensor`` is read when all are done.
public struct BatchField: Sendable {
  /// `[count, …]`
  public let tensor: Tensor

  /// Room for `count` items, each of `shape`; nothing is written to it yet.
  public init(_ shape: [Int], count: Int) { tensor = Tensor(uninitialized: [count] + shape) }

  /// Where one item goes.
  func buffer(of slot: Int) -> UnsafeMutableBufferPointer<Float> {
    let size = tensor.count / tensor.shape[0]
    return UnsafeMutableBufferPointer(start: tensor.storage.pointer + slot * size, count: size)
  }
}

/// Where one item of a batch goes, by the names of the batch's fields: `item.mask` is the memory of
/// one mask.
@dynamicMemberLookup
public struct ItemBuffers<Fields> {
  let fields: Fields
  let slot: Int
  /// Told what the item's pictures were read with.
  let warn: ([FileWarning]) -> Void

  public subscript(
    dynamicMember field: KeyPath<Fields, BatchField>
  ) -> UnsafeMutableBufferPointer<Float> {
    fields[keyPath: field].buffer(of: slot)
  }

  /// Fields that are grouped.
  public subscript<Part>(dynamicMember part: KeyPath<Fields, Part>) -> ItemBuffers<Part> {
    ItemBuffers<Part>(fields: fields[keyPath: part], slot: slot, warn: warn)
  }
}
