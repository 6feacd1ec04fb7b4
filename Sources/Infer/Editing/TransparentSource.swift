import Pictures

extension Editor.Plan {
  /// What new pixels are pasted on: the source, but where it is transparent inside the mask the new
  /// pixels themselves. So where they fade in they mix with visible colours only, never with the
  /// ground that the network saw.
  func canvas(under painted: Image) -> Image {
    guard let transparent, let alpha = transparent.alpha else { return source }
    let area = region.rectangle
    let covered = transparent.colors.cropped(to: area)
      .composited(over: painted, opacity: alpha.cropped(to: area))
    let hole = mask.pixels.cropped(to: area)
    var canvas = source
    canvas.draw(
      source.cropped(to: area).replacing(covered, where: hole), x: area.x, y: area.y)
    return canvas
  }
}

extension Editor {
  /// Checks the settings and decides where to work, on a picture that may be transparent: the networks
  /// see it over ``Ground/picture``. The mask must be made for this source.
  ///
  /// `source.stored.replacing(edited, where: mask.pixels)` then is the result with the file's own
  /// samples, opacity and profile.
  ///
  /// - Throws: ``EditError``.
  public func plan(
    source: DecodedImage, mask: RepaintMask, _ settings: EditSettings
  ) throws -> Plan {
    var plan = try plan(source: source.image, mask: mask, settings)
    plan.transparent = source.alpha == nil ? nil : source
    return plan
  }
}
