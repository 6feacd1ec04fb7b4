import CImage

/// A decoded file's channels before they become colours and opacity.
struct Pixels {
  let header: ImageHeader
  /// 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha, of a JPEG CMYK.
  private let channels: Int
  private let samples: [UInt8]
  let warnings: [ImageWarning]

  init(_ samples: [UInt8], channels: Int, _ header: ImageHeader, _ warnings: [ImageWarning]) {
    (self.samples, self.channels, self.header) = (samples, channels, header)
    self.warnings = warnings
  }

  /// The colours, upright.
  var image: Image {
    let (width, height) = header.stored
    let image =
      switch channels {
      case 1: GrayImage(width: width, height: height, pixels: samples).rgb()
      case 2: plane(0).rgb()
      case 3: Image(width: width, height: height, pixels: samples)
      default: colours
      }
    return image.oriented(from: header.orientation)
  }

  /// The opacity, upright, if there is any.
  var alpha: GrayImage? {
    guard channels == 2 || channels == 4, header.format != .jpeg else { return nil }
    return plane(channels - 1).oriented(from: header.orientation)
  }

  /// The grey levels, or the luma of the colours, upright.
  var gray: GrayImage {
    if channels <= 2 { return plane(0).oriented(from: header.orientation) }
    return image.luma()
  }

  /// What the samples are.
  var space: ColorProfile.Space {
    if channels <= 2 { return .gray }
    return header.format == .jpeg && channels == 4 ? .cmyk : .rgb
  }

  /// The samples as stored that a profile of `space` is for: without opacity; grey ones thrice for RGB.
  func colorSamples(for space: ColorProfile.Space) -> [UInt8] { colorSamples(samples, for: space) }

  func colorSamples<Sample: BitwiseCopyable>(
    _ samples: [Sample], for space: ColorProfile.Space
  ) -> [Sample] {
    let wanted = space.rawValue
    guard wanted != channels else { return samples }
    let pixels = samples.count / channels
    let isGray = channels <= 2
    return [Sample](unsafeUninitializedCapacity: pixels * wanted) { buffer, initialized in
      for i in 0..<pixels {
        for channel in 0..<wanted {
          buffer[i * wanted + channel] = samples[i * channels + (isGray ? 0 : channel)]
        }
      }
      initialized = pixels * wanted
    }
  }

  /// The same file's samples with 16 bits; nil if it has fewer.
  ///
  /// - Throws: ``ColorProfile/Unusable`` as nothing else than memory can be amiss by now.
  func deepSamples(_ bytes: [UInt8]) throws(ColorProfile.Unusable) -> [UInt16]? {
    guard header.format == .png, bytes[24] == 16 else { return nil }
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
    let (width, height) = header.stored
    let shape = CImageShape(
      width: Int32(width), height: Int32(height), channels: Int32(channels))
    var deep = [UInt16](repeating: 0, count: samples.count)
    guard cimage_png_decode_deep(bytes, bytes.count, shape, &deep, &message) == 1 else {
      throw ColorProfile.Unusable(reason: String(message: message))
    }
    return deep
  }

  /// RGB samples in the order of the file's, upright.
  func upright(_ rgb: [UInt8]) -> Image {
    let (width, height) = header.stored
    return Image(width: width, height: height, pixels: rgb).oriented(from: header.orientation)
  }

  private func plane(_ channel: Int) -> GrayImage {
    let (width, height) = header.stored
    let values = [UInt8](unsafeUninitializedCapacity: width * height) { buffer, initialized in
      for i in 0..<width * height { buffer[i] = samples[i * channels + channel] }
      initialized = width * height
    }
    return GrayImage(width: width, height: height, pixels: values)
  }

  /// RGB of four channels: without alpha, or of inverted CMYK by Pillow's formula.
  private var colours: Image {
    let (width, height) = header.stored
    let inks = header.format == .jpeg
    let count = width * height
    let rgb = [UInt8](unsafeUninitializedCapacity: count * 3) { buffer, initialized in
      for i in 0..<count {
        let light = Int(samples[4 * i + 3])
        for channel in 0..<3 {
          let value = samples[4 * i + channel]
          buffer[3 * i + channel] =
            inks ? UInt8(max(0, light - divided255((255 - Int(value)) * light))) : value
        }
      }
      initialized = count * 3
    }
    return Image(width: width, height: height, pixels: rgb)
  }
}
