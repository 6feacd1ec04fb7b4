import Pictures

extension Baseline {
  public static let blurFill = Baseline(
    "blur-fill",
    procedure: "the hole filled from its blurred surroundings by pull-push (Gortler et al. 1996); "
      + "no reference"
  ) { source, mask, _ in source.filling(mask) }
}

extension Image {
  /// The picture with the pixels inside the mask filled smoothly from those around it.
  ///
  /// Pull-push: the picture is halved until the hole is gone, each pixel the mean of those known;
  /// on the way back, unknown pixels are taken from the halved picture, enlarged bilinearly.
  ///
  /// - Source: Gortler, Grzeszczuk, Szeliski, Cohen: The Lumigraph, SIGGRAPH 1996, §3.4.
  package func filling(_ mask: EditMask) -> Image {
    var known = KnownPixels(
      picture: FloatImage(
        width: width, height: height, channels: 3, pixels: pixels.map(Float.init)),
      isKnown: mask.isInside.map { !$0 })
    known.fill()
    let bytes = known.picture.pixels.map { UInt8(min(max($0.rounded(), 0), 255)) }
    return keeping(Image(width: width, height: height, pixels: bytes), inside: mask)
  }
}

/// A picture of which some pixels are known, at least one.
private struct KnownPixels {
  var picture: FloatImage
  let isKnown: [Bool]

  mutating func fill() {
    guard isKnown.contains(false) else { return }
    var coarse = halved()
    coarse.fill()
    let enlarged = coarse.picture.resized(
      width: picture.width, height: picture.height, filter: .openCVBilinear)
    for i in isKnown.indices where !isKnown[i] {
      for k in 3 * i..<3 * i + 3 { picture.pixels[k] = enlarged.pixels[k] }
    }
  }

  /// Half the size, rounded up: the means of the known pixels of each 2 × 2.
  private func halved() -> KnownPixels {
    let (width, height) = ((picture.width + 1) / 2, (picture.height + 1) / 2)
    var sums = [Float](repeating: 0, count: width * height * 3)
    var counts = [Float](repeating: 0, count: width * height)
    for y in 0..<picture.height {
      for x in 0..<picture.width where isKnown[y * picture.width + x] {
        let (from, to) = (y * picture.width + x, y / 2 * width + x / 2)
        counts[to] += 1
        for channel in 0..<3 { sums[3 * to + channel] += picture.pixels[3 * from + channel] }
      }
    }
    for i in counts.indices where counts[i] > 0 {
      for k in 3 * i..<3 * i + 3 { sums[k] /= counts[i] }
    }
    return KnownPixels(
      picture: picture.replacing(width: width, height: height, pixels: sums),
      isKnown: counts.map { $0 > 0 })
  }
}
