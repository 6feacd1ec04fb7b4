/// A picture of `Float` samples with any number of interleaved channels: a plane, a normalised
/// picture, Lab.
public struct FloatImage: Raster, Equatable {
  public let width: Int
  public let height: Int
  public let channels: Int
  /// `height × width × channels` values.
  public var pixels: [Float]

  public init(width: Int, height: Int, channels: Int = 1, pixels: [Float]) {
    precondition(width > 0 && height > 0 && channels > 0)
    precondition(pixels.count == width * height * channels)
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// The picture's values divided by 255, as torchvision's `ToTensor` does.
  public init(_ image: Image) {
    self.init(unitOf: image)
  }

  /// The picture's values divided by 255, as torchvision's `ToTensor` does.
  public init(_ image: GrayImage) {
    self.init(unitOf: image)
  }

  private init(unitOf image: some Raster<UInt8>) {
    self.init(
      width: image.width, height: image.height, channels: image.channels,
      pixels: image.pixels.map { Float($0) / 255 })
  }

  public func replacing(width: Int, height: Int, pixels: [Float]) -> FloatImage {
    FloatImage(width: width, height: height, channels: channels, pixels: pixels)
  }
}
