/// A picture as read from a file.
public struct DecodedImage: Sendable, Equatable {
  public let format: ImageFormat
  /// The colours in sRGB, after EXIF orientation; where there is transparency, the colours behind it,
  /// which must decide nothing.
  public let colors: Image
  /// What a result of this picture leaves as it is.
  ///
  /// The file's own samples and profile, if RGB pixels can have that profile: samples of CMYK, or
  /// under a profile that knows no way back, are those in sRGB.
  public let stored: StoredImage
  /// What is odd about a file that can be read all the same.
  public let warnings: [ImageWarning]

  /// The opacity, if the file has an alpha channel or a transparent colour.
  public var alpha: GrayImage? { stored.alpha }

  /// What is to be seen, in sRGB: the colours over ``Ground/picture``.
  public var image: Image { image(on: .picture) }

  /// Whether anything is to be seen.
  package var isVisible: Bool { alpha?.pixels.contains { $0 > 0 } ?? true }

  /// What is to be seen over a ground, in sRGB. The colours behind full transparency play no part.
  public func image(on ground: Ground) -> Image {
    alpha.map { colors.composited(on: ground, opacity: $0) } ?? colors
  }
}

extension DecodedImage {
  /// An opaque picture in sRGB.
  package init(_ colors: Image) {
    self.init(format: .png, colors: colors, stored: StoredImage(colors: colors), warnings: [])
  }

  /// - Throws: `ImageError`.
  init(_ bytes: [UInt8], name: String, _ tolerance: LossTolerance) throws {
    let pixels = try EncodedPicture(bytes, name: name).pixels(tolerance)
    do {
      let profile = try EmbeddedProfile.find(in: bytes, pixels.header.format)
      try self.init(pixels, profile) { try pixels.deepSamples(bytes) }
    } catch let problem as ColorProfile.Unusable {
      self.init(pixels, warnings: [.unusableProfile(reason: problem.reason)])
    }
  }

  /// Colours that are sRGB as they are.
  private init(_ pixels: Pixels, warnings: [ImageWarning] = []) {
    let colors = pixels.image
    self.init(
      format: pixels.header.format, colors: colors,
      stored: StoredImage(colors: colors, alpha: pixels.alpha),
      warnings: pixels.warnings + warnings)
  }

  /// Colours under a profile.
  ///
  /// - Parameter deep: the samples with 16 bits; nil if they have fewer.
  /// - Throws: ``ColorProfile/Unusable``.
  private init(_ pixels: Pixels, _ profile: ColorProfile?, deep: () throws -> [UInt16]?) throws {
    guard let profile else {
      self.init(pixels)
      return
    }
    let mine = pixels.space
    // Grey pixels under a profile for RGB are equal samples of it.
    guard profile.space == mine || (profile.space, mine) == (.rgb, .gray) else {
      throw ColorProfile.Unusable(reason: "it is for \(profile.space) pixels, these are \(mine)")
    }
    let keeper = profile.space == .gray ? try? profile.ofEqualSamples() : profile
    let kept = keeper.flatMap { $0.space == .rgb && $0.isReversible ? $0 : nil }
    let raw = pixels.image
    let colors: Image
    if profile.isSRGB {
      colors = raw
    } else if let deep = try deep() {
      colors = try pixels.upright(profile.sRGB(pixels.colorSamples(deep, for: profile.space)))
    } else {
      colors = try pixels.upright(profile.sRGB(pixels.colorSamples(for: profile.space)))
    }
    self.init(
      format: pixels.header.format, colors: colors,
      stored: StoredImage(
        colors: kept == nil ? colors : raw, alpha: pixels.alpha, profile: kept),
      warnings: pixels.warnings)
  }
}
