import Foundation
import PaintByExample

/// A mask of IOPaint's clients, which they let the server change.
struct MaskOfIOPaint {
  enum Change: String, CaseIterable {
    case expand, shrink, reverse
  }

  /// The most work that a change may take: pixels times rows of the disc.
  private static let work = 2_000_000_000

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
    let isInside = pixels.pixels.map { $0 > 127 }
    guard change != .reverse else { return try overlay(isInside.map { !$0 }) }
    guard radius <= Self.work / (3 * isInside.count) else {
      throw Refusal.invalid(
        "kernel_size is \(radius), which takes too long for \(pixels.width)×\(pixels.height) pixels; "
          + "give less, or a smaller mask")
    }
    guard change == .shrink else { return try overlay(grown(isInside, by: radius)) }
    return try overlay(grown(isInside.map { !$0 }, by: radius).map { !$0 })
  }

  /// All pixels that a disc reaches from one that is inside.
  private func grown(_ isInside: [Bool], by radius: Int) -> [Bool] {
    let (width, height) = (pixels.width, pixels.height)
    let distance = distances(isInside)
    let reach = (-radius...radius).map { row in
      (Double(radius * radius - row * row)).squareRoot().rounded()
    }
    var result = [Bool](repeating: false, count: isInside.count)
    for y in 0..<height {
      for other in max(0, y - radius)...min(height - 1, y + radius) {
        let reached = Int32(reach[other - y + radius])
        for x in 0..<width where distance[other * width + x] <= reached {
          result[y * width + x] = true
        }
      }
    }
    return result
  }

  /// From each pixel to the nearest in its row that is inside.
  private func distances(_ isInside: [Bool]) -> [Int32] {
    let width = pixels.width
    var result = [Int32](repeating: .max / 2, count: isInside.count)
    for start in stride(from: 0, to: isInside.count, by: width) {
      var distance = Int32.max / 2
      for place in start..<start + width {
        distance = isInside[place] ? 0 : distance + 1
        result[place] = distance
      }
      distance = .max / 2
      for place in (start..<start + width).reversed() {
        distance = isInside[place] ? 0 : distance + 1
        result[place] = min(result[place], distance)
      }
    }
    return result
  }

  /// In the colour of the clients' brush; black and transparent outside.
  private func overlay(_ isInside: [Bool]) throws -> Data {
    let (width, height) = (pixels.width, pixels.height)
    var colors = Image(width: width, height: height)
    for (place, isInside) in isInside.enumerated() where isInside {
      (colors.pixels[3 * place], colors.pixels[3 * place + 1]) = (255, 203)
    }
    let alpha = GrayImage(width: width, height: height, pixels: isInside.map { $0 ? 186 : 0 })
    return try StoredImage(colors: colors, alpha: alpha).pngData()
  }
}
