import Models
import Pictures
import Tensors

/// How a picture becomes 299×299 for InceptionV3; distances of different resizes do not compare.
public enum InceptionResize: String, CaseIterable, Sendable {
  /// clean-fid's: bicubic with antialias, each channel as floats (Pillow's mode `F`), clipped to
  /// [0, 255], not rounded to 8 bits; then `(value − 128) / 128`.
  case clean
  /// pytorch-fid's: the four neighbours without antialias, of floats in [0, 1]; then `2 · value − 1`.
  case legacy

  /// In the names of results and statistics. Those named "resize clean" were scaled as pytorch-fid does,
  /// and do not compare.
  fileprivate var protocolName: String {
    self == .clean ? "resize clean, (x − 128) / 128" : "resize legacy"
  }
}

/// InceptionV3 with the FID's weights: the features of the Fréchet and kernel Inception distances.
public struct InceptionEncoder: FeatureEncoder {
  public let identifier: String
  public let contentHash: String
  public let resize: InceptionResize
  private let network: InceptionV3

  public var dimension: Int { InceptionV3.dimension }

  /// - Parameters:
  ///   - path: The state dict that pytorch-fid uses (`pt_inception-2015-12-05-6726825d.pth`), or
  ///     the same in safetensors.
  ///   - resize: How pictures get the network's size.
  /// - Throws: what is wrong with the file; the message is complete.
  public init(at path: String, resize: InceptionResize) throws {
    try self.init(openTensors(path), resize: resize)
  }

  /// Both resizes are encoders of the same weights: reads them once.
  package init(_ file: any TensorFile, resize: InceptionResize) throws {
    let (component, origin) = try InceptionV3.load(file)
    network = component.network
    self.resize = resize
    let weights = origin == .fid ? "FID weights" : "not the FID's weights: ImageNet's?"
    identifier = "InceptionV3 (\(weights)), pool of 2048, \(resize.protocolName)"
    contentHash = component.parameters.contentHash()
  }

  private init(_ other: InceptionEncoder, resize: InceptionResize) {
    network = other.network
    contentHash = other.contentHash
    self.resize = resize
    identifier = other.identifier.replacing(
      other.resize.protocolName, with: resize.protocolName)
  }

  /// The same network behind another resize, without reading its weights again.
  public func resizing(_ resize: InceptionResize) -> InceptionEncoder {
    InceptionEncoder(self, resize: resize)
  }

  public func features(_ pictures: [Image]) throws -> Tensor {
    try features(of: pictures) { network(Tensor(inception: $0, resize: resize)) }
  }
}

extension Tensor {
  /// A picture as InceptionV3 takes it, about in [−1, 1].
  ///
  /// - Shape: → `[1, 299, 299, 3]`.
  /// - Source: `InceptionV3.forward` in pytorch-fid's inception.py; `make_resizer` in clean-fid's
  ///   resize.py, and `InceptionV3W.forward` in its inception_torchscript.py.
  package init(inception picture: Image, resize: InceptionResize) {
    let size = InceptionV3.pictureSize
    switch resize {
    case .legacy:
      let resized = FloatImage(picture)
        .resized(width: size, height: size, filter: .openCVBilinear)
      self.init([1, size, size, 3], resized.pixels.map { 2 * $0 - 1 })
    case .clean:
      let floats = FloatImage(
        width: picture.width, height: picture.height, channels: 3,
        pixels: picture.pixels.map { Float($0) })
      let resized = floats.resized(width: size, height: size, filter: .bicubic)
      self.init([1, size, size, 3], resized.pixels.map { (min(max($0, 0), 255) - 128) / 128 })
    }
  }
}
