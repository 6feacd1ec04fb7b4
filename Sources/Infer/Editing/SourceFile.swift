import Pictures

/// What a source's file has beyond the colours that the networks see.
struct SourceFile: Sendable {
  /// In sRGB, with those behind transparency.
  let colors: Image
  /// What a result keeps.
  private(set) var stored: StoredImage

  /// - Returns: nil for an opaque picture in sRGB.
  init?(_ source: DecodedImage) {
    (colors, stored) = (source.colors, source.stored)
    // An alpha channel that is opaque throughout says nothing; programs write it unasked.
    if stored.alpha?.pixels.allSatisfy({ $0 == 255 }) == true { stored.alpha = nil }
    if stored.alpha == nil, stored.profile == nil { return nil }
  }
}

extension Editor.Plan {
  /// What new pixels are pasted on: the source, but where it is transparent inside the mask the new
  /// pixels themselves. So where they fade in they mix with visible colours only, never with the
  /// ground that the network saw.
  func canvas(under painted: Image) -> Image {
    guard let file, let alpha = file.stored.alpha else { return source }
    let area = region.rectangle
    let covered = file.colors.cropped(to: area)
      .composited(over: painted, opacity: alpha.cropped(to: area))
    let hole = mask.pixels.cropped(to: area)
    var canvas = source
    canvas.draw(
      source.cropped(to: area).replacing(covered, where: hole), x: area.x, y: area.y)
    return canvas
  }

  /// A result as it is to be written. Pasted back, it has the source's profile and opacity, with the
  /// new pixels opaque; every sample outside the mask is that of the source's file. The network's own
  /// picture is opaque sRGB.
  ///
  /// - Parameters:
  ///   - edited: what ``Editor/edit(_:_:progress:)`` made of this plan.
  ///   - settings: those of the edit.
  /// - Throws: `ImageError.cannotEncode` when the profile refuses.
  public func stored(_ edited: Image, _ settings: EditSettings) throws -> StoredImage {
    guard settings.pastesBack, let file else { return StoredImage(colors: edited) }
    return try file.stored.replacing(edited, where: mask.pixels)
  }
}

extension Editor {
  /// Checks the settings and decides where to work, on a picture that may be transparent: the networks
  /// see it over ``Ground/picture``. The mask must be made for this source.
  /// ``Plan/stored(_:_:)`` gives results the file's own samples, opacity and profile.
  ///
  /// - Throws: ``EditError``.
  public func plan(
    source: DecodedImage, mask: RepaintMask, _ settings: EditSettings
  ) throws -> Plan {
    var plan = try plan(source: source.image, mask: mask, settings)
    plan.file = SourceFile(source)
    return plan
  }
}
