import Foundation

extension Image {
  /// Peak signal-to-noise ratio in dB over the chosen pixels of two 8-bit pictures of equal size,
  /// all channels together: `10 log₁₀(255² / MSE)`. Pictures that are equal there, whose ratio is
  /// infinite, count as 100.
  ///
  /// - Parameter chosen: `height × width` values; at least one true.
  package func peakSignalToNoise(_ other: Image, where chosen: [Bool]) -> Double {
    precondition(width == other.width && height == other.height && chosen.count == width * height)
    var sum = 0
    var count = 0
    for i in chosen.indices where chosen[i] {
      for channel in 3 * i..<3 * i + 3 {
        let difference = Int(pixels[channel]) - Int(other.pixels[channel])
        sum += difference * difference
      }
      count += 3
    }
    return sum == 0 ? 100 : 10 * log10(255 * 255 * Double(count) / Double(sum))
  }
}
