import Tensors

/// Mean and deviation of red, green and blue in CLIP's training pictures, of 1.
///
/// - Source: OpenAI CLIP, `_transform`.
package enum CLIPStatistics {
  package static let mean: [Float] = [0.481_454_66, 0.457_827_5, 0.408_210_73]
  package static let deviation: [Float] = [0.268_629_54, 0.261_302_58, 0.275_777_11]
}

extension Image {
  /// Per channel, minus the mean and over the deviation of CLIP's training pictures.
  package func normalizeForCLIP(into output: UnsafeMutableBufferPointer<Float>) {
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

  /// The same as a tensor.
  ///
  /// - Shape: → `[1, height, width, 3]`.
  package func normalizedForCLIP() -> Tensor {
    Tensor([1, height, width, 3]) { output in
      normalizeForCLIP(into: UnsafeMutableBufferPointer(start: output, count: pixels.count))
    }
  }
}

extension FloatImage {
  /// Per channel, `(value − mean) / deviation`, in this order of operations, as torchvision has it.
  ///
  /// - Shape: → `[1, height, width, 3]`.
  package func normalized(
    mean: [Float] = CLIPStatistics.mean, deviation: [Float] = CLIPStatistics.deviation
  ) -> Tensor {
    Tensor([1, height, width, 3]) { output in
      for (i, value) in pixels.enumerated() {
        output[i] = (value - mean[i % 3]) / deviation[i % 3]
      }
    }
  }
}

extension Tensor {
  /// The 8-bit levels, 0…255, of pictures that were normalised for CLIP.
  ///
  /// - Shape: `[…, 3]` → same.
  package func undoingCLIPNormalization() -> Tensor {
    let (mean, deviation) = (CLIPStatistics.mean, CLIPStatistics.deviation)
    return Tensor(
      shape, values.enumerated().map { i, value in (value * deviation[i % 3] + mean[i % 3]) * 255 })
  }
}
