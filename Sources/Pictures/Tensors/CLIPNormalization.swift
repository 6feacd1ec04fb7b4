/// Mean and deviation of red, green and blue in CLIP's training pictures, of 1.
///
/// - Source: OpenAI CLIP, `_transform`.
public enum CLIPStatistics {
  public static let mean: [Float] = [0.481_454_66, 0.457_827_5, 0.408_210_73]
  public static let deviation: [Float] = [0.268_629_54, 0.261_302_58, 0.275_777_11]
}

extension Image {
  /// Per channel, minus the mean and over the deviation of CLIP's training pictures.
  public func normalizeForCLIP(into output: UnsafeMutableBufferPointer<Float>) {
    let (mean, deviation) = (CLIPStatistics.mean, CLIPStatistics.deviation)
    pixels.withUnsafeBufferPointer { pixels in
      for channel in 0..<3 {
        let (scale, shift) = (1 / (255 * deviation[channel]), mean[channel] / deviation[channel])
        for i in stride(from: channel, to: pixels.count, by: 3) {
          output[i] = Float(pixels[i]) * scale - shift
        }
      }
    }
  }
}
