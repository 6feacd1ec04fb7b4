/// A decoded file's channels before they become colours and opacity.
struct Pixels {
  let header: ImageHeader
  /// 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha, of a JPEG CMYK.
  private let channels: Int
  private let samples: [UInt8]
  let warnings: [ImageWarning]

  init(_ samples: [UInt8], channels: Int, _ header: ImageHeader, _ warnings: [ImageWarning]) {
    (self.samples, self.channels, self.header, self.warnings) = (samples, channels, header, warnings)
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

/// `value / 255`, rounded, for products of two 8-bit numbers.
private func divided255(_ value: Int) -> Int {
  let sum = value + 128
  return (sum + sum >> 8) >> 8
}
