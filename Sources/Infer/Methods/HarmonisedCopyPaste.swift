import Foundation
import Pictures

extension Baseline {
  public static let harmonisedCopyPaste = Baseline(
    "copy-paste-harmonised",
    procedure: "copy-paste, then Reinhard et al. 2001 colour transfer in l-alpha-beta: mean and "
      + "deviation of the pasted pixels become those of the source outside the mask in a band "
      + "around its box, half the box's width and height on each side"
  ) { source, mask, reference in
    source.pasting(reference, inside: mask)
      .transferringColour(inside: mask, from: source.surroundings(of: mask))
  }
}

/// Colours in l-alpha-beta, in which the channels of natural pictures hardly depend on one another.
///
/// - Source: Reinhard, Ashikhmin, Gooch, Shirley: Color Transfer between Images, IEEE CG&A 2001.
///   RGB is taken as stored, divided by 255; values below 1/255 count as 1/255, for the logarithm.
///   The way back inverts the paper's matrix to more digits than the paper prints.
private enum OpponentColour {
  /// Of the axes, before they are made units.
  private static let lengths = SIMD3(3.0, 6.0, 2.0).squareRoot()

  static func channels(_ rgb: ArraySlice<UInt8>) -> SIMD3<Double> {
    let units = rgb.map { Double(max($0, 1)) / 255 }
    let (r, g, b) = (units[0], units[1], units[2])
    let long = log10(0.3811 * r + 0.5783 * g + 0.0402 * b)
    let middle = log10(0.1967 * r + 0.7244 * g + 0.0782 * b)
    let short = log10(0.0241 * r + 0.1288 * g + 0.8444 * b)
    return SIMD3(long + middle + short, long + middle - 2 * short, long - middle) / lengths
  }

  /// Rounded; what lies beyond is cut off.
  static func rgb(_ channels: SIMD3<Double>) -> [UInt8] {
    let parts = channels / lengths
    let long = pow(10, parts.x + parts.y + parts.z)
    let middle = pow(10, parts.x + parts.y - parts.z)
    let short = pow(10, parts.x - 2 * parts.y)
    return [
      4.468669863496 * long - 3.588675903472 * middle + 0.119604366579 * short,
      -1.219716627618 * long + 2.383087912955 * middle - 0.162630111751 * short,
      0.058508476939 * long - 0.261078439028 * middle + 1.205665908526 * short,
    ].map { UInt8(min(max(($0 * 255).rounded(), 0), 255)) }
  }

  /// Means and standard deviations (divisor n); at least one colour.
  static func statistics(
    _ colours: [SIMD3<Double>]
  ) -> (means: SIMD3<Double>, deviations: SIMD3<Double>) {
    let count = Double(colours.count)
    let means = colours.reduce(into: SIMD3<Double>()) { $0 += $1 } / count
    let squares = colours.reduce(into: SIMD3<Double>()) { $0 += ($1 - means) * ($1 - means) }
    return (means, (squares / count).squareRoot())
  }
}

extension Image {
  /// The picture with the colours inside the mask moved to the statistics of other pixels.
  ///
  /// - Parameter pixels: Places in the picture, at least one.
  fileprivate func transferringColour(inside mask: EditMask, from pixels: [Int]) -> Image {
    func colour(_ place: Int) -> SIMD3<Double> {
      OpponentColour.channels(self.pixels[3 * place..<3 * place + 3])
    }
    let places = mask.isInside.indices.filter { mask.isInside[$0] }
    let colours = places.map(colour)
    let found = OpponentColour.statistics(colours)
    let wanted = OpponentColour.statistics(pixels.map(colour))
    // Pixels of one colour have no spread to stretch, but for rounding.
    let hasSpread = found.deviations .> 1e-9
    let stretch = (wanted.deviations / found.deviations).replacing(with: 0, where: .!hasSpread)
    var result = self
    for (place, colour) in zip(places, colours) {
      result.pixels.replaceSubrange(
        3 * place..<3 * place + 3,
        with: OpponentColour.rgb((colour - found.means) * stretch + wanted.means))
    }
    return result
  }

  /// The pixels outside the mask in a band around its box, half the box's sides wide; all outside
  /// where the band has none.
  fileprivate func surroundings(of mask: EditMask) -> [Int] {
    let box = mask.bounds
    let (across, down) = ((box.width + 1) / 2, (box.height + 1) / 2)
    let columns = max(0, box.x - across)..<min(width, box.x + box.width + across)
    let rows = max(0, box.y - down)..<min(height, box.y + box.height + down)
    let band = rows.flatMap { y in columns.map { y * width + $0 } }.filter { !mask.isInside[$0] }
    return band.isEmpty ? mask.isInside.indices.filter { !mask.isInside[$0] } : band
  }
}
