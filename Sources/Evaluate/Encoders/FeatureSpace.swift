import Pictures
import Tensors

/// A kind of features in which sets of pictures are compared.
public enum FeatureSpace: String, CaseIterable, Codable, Sendable {
  case clip, inception
}

/// Which encoder features are of.
public struct EncoderIdentity: Sendable, Equatable {
  public let identifier: String
  /// SHA-256 of the weights.
  public let hash: String

  public init(identifier: String, hash: String) {
    self.identifier = identifier
    self.hash = hash
  }

  public init(_ encoder: any FeatureEncoder) {
    self.init(identifier: encoder.identifier, hash: encoder.contentHash)
  }
}

/// An encoder that can also do what the official CLIP score needs.
public protocol RegionEncoder: FeatureEncoder {
  /// Features of what results show inside a box.
  func clipScoreFeatures(results: [(picture: Image, box: PixelRectangle)]) throws -> Tensor
  /// Features of references, stretched to a square.
  func clipScoreFeatures(references: [Image]) throws -> Tensor
}

extension CLIPEncoder: RegionEncoder {}
