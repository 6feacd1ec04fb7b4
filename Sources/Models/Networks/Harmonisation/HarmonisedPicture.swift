import Autograd
import Pictures
import Tensors

extension Harmoniser {
  /// The picture with the colours of what was pasted into it fitted to the rest. Pixels outside the mask
  /// stay as they are: the network would change them, too.
  ///
  /// The network sees picture and mask at its own size, resized as OpenCV's bilinear does it to 8 bits.
  ///
  /// - Parameters:
  ///   - picture: with the object in it.
  ///   - isObject: which pixels are the object's, `height × width`.
  public func harmonised(_ picture: Image, inside isObject: [Bool]) -> Image {
    let mask = GrayImage(
      width: picture.width, height: picture.height, pixels: isObject.map { $0 ? 255 : 0 })
    let changed = withoutGradients {
      settings(small(picture), masks: small(mask)).enlarged(to: Self.units(picture))
    }
    var result = picture
    for (i, isObject) in isObject.enumerated() where isObject {
      for k in 3 * i..<3 * i + 3 {
        result.pixels[k] = UInt8((changed.pointer[k] * 255).rounded())
      }
    }
    return result
  }

  private func small(_ picture: some Raster<UInt8>) -> Tensor {
    let size = configuration.sampleSize
    return Self.units(picture.resized(width: size, height: size, filter: .openCVBilinear))
  }

  /// `[1, H, W, C]` in [0, 1].
  private static func units(_ picture: some Raster<UInt8>) -> Tensor {
    Tensor(
      [1, picture.height, picture.width, picture.channels], picture.pixels.map { Float($0) / 255 })
  }
}
