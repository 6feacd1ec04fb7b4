import Pictures
import Support
import Tensors

/// Stands in for an encoder whose features are all stored: it has its name and size, no weights.
struct StoredEncoder: RegionEncoder {
  let identifier: String
  let contentHash: String
  let dimension: Int

  struct Unavailable: Error {}

  func features(_ pictures: [Image]) throws -> Tensor { throw Unavailable() }

  func clipScoreFeatures(results: [(picture: Image, box: PixelRectangle)]) throws -> Tensor {
    throw Unavailable()
  }

  func clipScoreFeatures(references: [Image]) throws -> Tensor { throw Unavailable() }
}

/// A case whose features are not stored, where there are no weights to make them with.
public struct MissingFeatures: Error, Equatable, SettingMessage {
  public let identifier: String
  public let encoder: String

  public func text(naming name: (String) -> String) -> String {
    "case \(identifier): no shard has its features of \(encoder), and its weights were not given. "
      + "Pass \(name("clip")) DIR or \(name("inception")) FILE as the shards were, to encode what is "
      + "missing."
  }
}
