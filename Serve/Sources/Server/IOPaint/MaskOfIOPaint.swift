import Foundation
import PaintByExample

/// A mask of IOPaint's clients, which they let the server change.
struct MaskOfIOPaint {
  enum Change: String, CaseIterable {
    case expand, shrink, reverse
  }

  /// The most work that a change may take: pixels times rows of the disc.
  private static let work = 2_000_000_000
  private static let largestRadius = 254

  private let pixels: GrayImage

  /// Light colours are inside, however transparent they are: that is how IOPaint reads masks. Ours would be
  /// read by their opacity where that says more.
  ///
  /// - Throws: `ImageError`.
  init(_ file: Data) throws {
    var levels = try ImageFile.read(file, name: "mask", evenIfCutShort: true).colors.luma()
    levels.pixels = levels.pixels.map { $0 > 127 ? 255 : 0 }
    pixels = levels
  }

  /// A file that has nothing but the mask; black outside a rectangle, which may reach beyond the picture.
  ///
  /// - Throws: `ImageError`.
  func file(within rectangle: PixelRectangle? = nil) throws -> Data {
    guard let rectangle else { return try pixels.pngData() }
    var cut = pixels
    let columns = rectangle.x..<rectangle.x + rectangle.width
    let rows = rectangle.y..<rectangle.y + rectangle.height
    for y in 0..<cut.height {
      let isInside = rows.contains(y)
      for x in 0..<cut.width where !(isInside && columns.contains(x)) {
        cut.pixels[y * cut.width + x] = 0
      }
    }
    return try cut.pngData()
  }

  /// Grows or shrinks the mask by a disc, or turns it round.
  ///
  /// - Parameter radius: of the disc, in pixels; 1 or more.
  /// - Returns: a picture that the clients lay over theirs: transparent outside the mask.
  /// - Throws: ``Refusal`` where that would take too long; `ImageError`.
  func changed(_ change: Change, radius: Int) throws -> Data {
    guard change != .reverse else { return try overlay(pixels.negative) }
    let most = min(Self.largestRadius, Self.work / (2 * pixels.pixels.count) - 1)
    guard radius <= most else {
      throw Refusal.invalid(
        "kernel_size is \(radius), expected at most \(most) for \(pixels.width)×\(pixels.height) pixels"
      )
    }
    guard change == .shrink else { return try overlay(pixels.grown(by: radius)) }
    return try overlay(pixels.negative.grown(by: radius).negative)
  }

  /// In the colour of the clients' brush; black and transparent outside.
  private func overlay(_ mask: GrayImage) throws -> Data {
    var colors = Image(width: mask.width, height: mask.height)
    var alpha = mask
    for place in mask.pixels.indices where mask.pixels[place] > 0 {
      (colors.pixels[3 * place], colors.pixels[3 * place + 1]) = (255, 203)
      alpha.pixels[place] = 186
    }
    return try StoredImage(colors: colors, alpha: alpha).pngData()
  }
}

extension GrayImage {
  fileprivate var negative: GrayImage {
    replacing(width: width, height: height, pixels: pixels.map { 255 - $0 })
  }

  /// White wherever a disc reaches from what is white; of nothing but black and white.
  ///
  /// - Parameter radius: of the disc, less than 255.
  fileprivate func grown(by radius: Int) -> GrayImage {
    let reach = (-radius...radius).map { row in
      UInt8(Double(radius * radius - row * row).squareRoot().rounded())
    }
    let distances = distancesInRows()
    var result = GrayImage(width: width, height: height, fill: 0)
    result.pixels.withUnsafeMutableBufferPointer { result in
      distances.withUnsafeBufferPointer { distances in
        for y in 0..<height {
          for other in max(0, y - radius)...min(height - 1, y + radius) {
            let (to, from, reach) = (y * width, other * width, reach[other - y + radius])
            for x in 0..<width where distances[from &+ x] <= reach { result[to &+ x] = 255 }
          }
        }
      }
    }
    return result
  }

  /// From each pixel to the nearest white one in its row; 255 where that is as far or farther.
  private func distancesInRows() -> [UInt8] {
    var result = pixels.map { 255 - $0 }
    for start in stride(from: 0, to: result.count, by: width) {
      for place in (start..<start + width).dropFirst() {
        result[place] = min(result[place], result[place - 1].incremented)
      }
      for place in (start..<start + width).dropLast().reversed() {
        result[place] = min(result[place], result[place + 1].incremented)
      }
    }
    return result
  }
}

extension UInt8 {
  fileprivate var incremented: UInt8 { self == .max ? .max : self + 1 }
}
