import Models
import Pictures
import Support
import Tensors

/// CLIP's `encode_image`: the features of the paper's "FID", of the quality score and of the CLIP
/// score.
public struct CLIPEncoder: FeatureEncoder {
  public let identifier: String
  public let contentHash: String
  private let network: CLIPVision

  public var dimension: Int { network.configuration.projectionDimension }
  /// Height and width of the pictures that the network takes.
  public var pictureSize: Int { network.configuration.imageSize }

  /// - Parameter path: A folder of transformers' `CLIPModel` or `CLIPVisionModelWithProjection`, or
  ///   a state dict of OpenAI's CLIP or open_clip (then with QuickGELU and heads of 64).
  /// - Throws: what is wrong with the files; the message is complete.
  public init(at path: String) throws {
    let component = try CLIPVision.load(from: path)
    network = component.network
    let sizes = network.configuration
    let isViTB32 = (sizes.layers, sizes.hiddenSize, sizes.patchSize) == (12, 768, 32)
    let name =
      isViTB32
      ? "ViT-B/32"
      : "ViT of \(sizes.layers) layers, width \(sizes.hiddenSize), patches of \(sizes.patchSize)"
    identifier =
      "CLIP \(name), \(sizes.projectionDimension)-d, \(sizes.activation.rawValue), "
      + "pictures of \(sizes.imageSize)×\(sizes.imageSize)"
    contentHash = SHA256.hexadecimal(
      of: """
        \(identifier), \(sizes.heads) heads, epsilon \(sizes.layerNormEpsilon)
        \(component.parameters.contentHash())
        """.utf8)
  }

  /// Features of whole pictures, prepared as CLIP's own `preprocess` does: the shorter side resized,
  /// the middle kept.
  public func features(_ pictures: [Image]) throws -> Tensor {
    try features(of: pictures) { try network(Tensor(clip: $0, size: pictureSize)) }
  }

  /// Features of what results show inside their masks, for the official CLIP score.
  ///
  /// - Parameter results: Pictures, each with its mask's `GrayImage.clipScoreBox`, which lies
  ///   inside the picture.
  public func clipScoreFeatures(
    results: [(picture: Image, box: PixelRectangle)]
  ) throws -> Tensor {
    try features(of: results) {
      network(Tensor(clipScoreResult: $0.picture, box: $0.box, size: pictureSize))
    }
  }

  /// Features of references, stretched to a square, for the official CLIP score.
  public func clipScoreFeatures(references: [Image]) throws -> Tensor {
    try features(of: references) {
      network(Tensor(clipScoreReference: $0, size: pictureSize))
    }
  }
}
