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

/// A colour in l-alpha-beta, in which the channels of natural pictures hardly depend on one another.
///
/// - Source: Reinhard, Ashikhmin, Gooch, Shirley: Color Transfer between Images, IEEE CG&A 2001.
///   RGB is taken as stored, divided by 255; values below 1/255 count as 1/255, for the logarithm.
///   The way back inverts the paper's matrix to more digits than the paper prints.
private struct OpponentColour {
  /// l, alpha, beta.
  var channels: SIMD3<Double>

  init(_ channels: SIMD3<Double>) { self.channels = channels }

  init(red: UInt8, green: UInt8, blue: UInt8) {
    let (r, g, b) = (Self.unit(red), Self.unit(green), Self.unit(blue))
    let long = log10(0.3811 * r + 0.5783 * g + 0.0402 * b)
    let middle = log10(0.1967 * r + 0.7244 * g + 0.0782 * b)
    let short = log10(0.0241 * r + 0.1288 * g + 0.8444 * b)
    channels =
      SIMD3(long + middle + short, long + middle - 2 * short, long - middle) / Self.lengths
  }

  /// In RGB, rounded; what lies beyond is cut off.
  var rgb: (red: UInt8, green: UInt8, blue: UInt8) {
    let parts = channels / Self.lengths
    let long = pow(10, parts.x + parts.y + parts.z)
    let middle = pow(10, parts.x + parts.y - parts.z)
    let short = pow(10, parts.x - 2 * parts.y)
    return (
      Self.byte(4.468669863496 * long - 3.588675903472 * middle + 0.119604366579 * short),
      Self.byte(-1.219716627618 * long + 2.383087912955 * middle - 0.162630111751 * short),
      Self.byte(0.058508476939 * long - 0.261078439028 * middle + 1.205665908526 * short)
    )
  }

  /// Of the axes, before they are made units.
  private static let lengths = SIMD3(3.0, 6.0, 2.0).squareRoot()

  private static func unit(_ value: UInt8) -> Double { Double(max(value, 1)) / 255 }
  private static func byte(_ value: Double) -> UInt8 {
    UInt8(min(max((value * 255).rounded(), 0), 255))
  }
}

/// Means and standard deviations (divisor n) of some pixels' channels.
private struct OpponentStatistics {
  private let means: SIMD3<Double>
  private let deviations: SIMD3<Double>

  /// - Parameter colours: At least one.
  init(_ colours: [OpponentColour]) {
    let count = Double(colours.count)
    let means = colours.reduce(into: SIMD3<Double>()) { $0 += $1.channels } / count
    let squares = colours.reduce(into: SIMD3<Double>()) { sum, colour in
      let difference = colour.channels - means
      sum += difference * difference
    }
    self.means = means
    deviations = (squares / count).squareRoot()
  }

  /// The colour that has the same place among the others' pixels as `colour` among these.
  func moving(_ colour: OpponentColour, to others: OpponentStatistics) -> OpponentColour {
    // Pixels of one colour have no spread to stretch, but for rounding.
    let hasSpread = deviations .> 1e-9
    let stretch = (others.deviations / deviations).replacing(with: 0, where: .!hasSpread)
    return OpponentColour((colour.channels - means) * stretch + others.means)
  }
}

extension Image {
  /// The picture with the colours inside the mask moved to the statistics of other pixels.
  ///
  /// - Parameter pixels: Places in the picture, at least one.
  fileprivate func transferringColour(inside mask: EditMask, from pixels: [Int]) -> Image {
    let places = mask.isInside.indices.filter { mask.isInside[$0] }
    let colours = places.map(opponentColour)
    let found = OpponentStatistics(colours)
    let wanted = OpponentStatistics(pixels.map(opponentColour))
    var result = self
    for (place, colour) in zip(places, colours) {
      let moved = found.moving(colour, to: wanted).rgb
      result.pixels.replaceSubrange(
        3 * place..<3 * place + 3, with: [moved.red, moved.green, moved.blue])
    }
    return result
  }

  private func opponentColour(at place: Int) -> OpponentColour {
    OpponentColour(
      red: pixels[3 * place], green: pixels[3 * place + 1], blue: pixels[3 * place + 2])
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
