/// A mask as read from a file, and what in the file it was taken from.
public struct DecodedMask: Sendable, Equatable {
  /// What a mask was taken from.
  public enum Basis: Sendable {
    /// The grey levels: the alpha channel says nothing, or there is none.
    case gray
    /// The alpha channel: the colours say nothing.
    case alpha
    /// The grey levels, black where the file is transparent: its visible part is black and white, or
    /// what is transparent (or opaque) is a few stray pixels.
    case visibleGray
    /// The alpha channel, although the visible part is a picture of its own.
    case alphaOfPicture
    /// The alpha channel, turned round: what was erased from an opaque picture.
    case erased
  }

  /// White where the mask is.
  public let pixels: GrayImage
  public let basis: Basis
  /// What whoever gave the file should know of it.
  public internal(set) var warnings: [ImageWarning] = []
  /// Of a mask without a light pixel, a colour in it that is strong but dark, such as red.
  package var strongColour: [UInt8]?

  /// A channel says something where it lies on both sides of a mask's threshold: programs write
  /// alpha of 254, or one transparent pixel, without anybody having asked for it.
  package init(gray: GrayImage, alpha: GrayImage?) {
    guard let alpha, alpha.crossesThreshold else {
      let faint = alpha.flatMap { gray.crossesThreshold || $0.isUniform ? nil : $0 }
      (pixels, basis) = faint.map { ($0, .alpha) } ?? (gray, .gray)
      return
    }
    var visible = Tones()
    for (level, opacity) in zip(gray.pixels, alpha.pixels) where opacity >= 128 {
      visible.count(level)
    }
    let isPlain = visible.dark == 0 || visible.light == 0
    if !isPlain, visible.areBlackAndWhite || alpha.crossesThresholdByAccident {
      let levels = zip(gray.pixels, alpha.pixels).map { $1 >= 128 ? $0 : 0 }
      let (width, height) = (gray.width, gray.height)
      (pixels, basis) = (GrayImage(width: width, height: height, pixels: levels), .visibleGray)
    } else if alpha.isOpaqueAround {
      (pixels, basis) = (alpha.negative, .erased)
    } else {
      (pixels, basis) = (alpha, isPlain ? .alpha : .alphaOfPicture)
    }
  }
}

/// How grey levels are spread.
private struct Tones {
  private(set) var dark = 0
  private(set) var light = 0
  private var middle = 0

  mutating func count(_ level: UInt8) {
    if level < 128 { dark += 1 } else { light += 1 }
    if (32..<224).contains(level) { middle += 1 }
  }

  /// Soft borders are allowed for; photographs have far more between black and white.
  var areBlackAndWhite: Bool { 10 * middle <= dark + light }
}

extension GrayImage {
  fileprivate var crossesThreshold: Bool {
    pixels.contains { $0 < 128 } && pixels.contains { $0 >= 128 }
  }

  /// Whether so few pixels lie on one side that nobody means to edit these alone.
  fileprivate var crossesThresholdByAccident: Bool {
    let light = pixels.count { $0 >= 128 }
    return min(light, pixels.count - light) < 16 && pixels.count >= 1024
  }

  /// Whether at least three quarters of the picture's edge are opaque. So it is where a hole was
  /// erased; an object that was cut out, or strokes on nothing, leave most of the edge free.
  fileprivate var isOpaqueAround: Bool {
    let rows = [0, height - 1].flatMap { y in (0..<width).map { y * width + $0 } }
    let columns = [0, width - 1].flatMap { x in (0..<height).map { $0 * width + x } }
    let edge = rows + columns
    return 4 * edge.count { pixels[$0] >= 128 } >= 3 * edge.count
  }

  fileprivate var negative: GrayImage {
    replacing(width: width, height: height, pixels: pixels.map { 255 - $0 })
  }

  fileprivate var isUniform: Bool { pixels.allSatisfy { $0 == pixels.first } }
}
