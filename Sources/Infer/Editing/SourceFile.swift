import Pictures

/// What a source's file has beyond the colours that the networks see.
package struct SourceFile: Sendable {
  /// In sRGB, with those behind transparency.
  package let colors: Image
  /// What a result keeps.
  package private(set) var stored: StoredImage

  /// - Returns: nil for an opaque picture in sRGB.
  package init?(_ source: DecodedImage) {
    (colors, stored) = (source.colors, source.stored)
    // An alpha channel that is opaque throughout says nothing; programs write it unasked.
    if stored.alpha?.pixels.allSatisfy({ $0 == 255 }) == true { stored.alpha = nil }
    if stored.alpha == nil, stored.profile == nil { return nil }
  }
}

extension SourceFile {
  /// Pastes new pixels onto a picture that may be transparent. Nothing of the ground that the network
  /// saw gets into the result: inside the mask, what is transparent is taken as painted already, and
  /// pixels that lie beside transparent ones outside have nothing to be blended with.
  ///
  /// - Parameters:
  ///   - painted: of the rectangle's size.
  ///   - seen: the picture on its ground.
  ///   - area: the rectangle, which holds the whole mask.
  ///   - mask: of the picture's size.
  ///   - paste: pastes `painted` onto an opaque picture.
  package func pasting(
    _ painted: Image, onto seen: Image, over area: PixelRectangle, mask: GrayImage,
    _ paste: (Image) -> Image
  ) -> Image {
    guard let opacity = stored.alpha else { return paste(seen) }
    let covered = colors.cropped(to: area)
      .composited(over: painted, opacity: opacity.cropped(to: area))
    var canvas = seen
    canvas.draw(
      seen.cropped(to: area).replacing(covered, where: mask.cropped(to: area)),
      x: area.x, y: area.y)
    var result = paste(canvas)
    let rim = mask.besideTransparent(opacity).cropped(to: area)
    result.draw(
      result.cropped(to: area).replacing(painted, where: rim), x: area.x, y: area.y)
    return result
  }
}

extension GrayImage {
  /// White for pixels of this mask that have a neighbour outside it that is rather transparent.
  fileprivate func besideTransparent(_ opacity: GrayImage) -> GrayImage {
    var result = GrayImage(width: width, height: height, fill: 0)
    for y in 0..<height {
      for x in 0..<width where pixels[y * width + x] < 128 && opacity.pixels[y * width + x] < 128 {
        for row in max(y - 1, 0)...min(y + 1, height - 1) {
          for column in max(x - 1, 0)...min(x + 1, width - 1) {
            result.pixels[row * width + column] = pixels[row * width + column]
          }
        }
      }
    }
    return result
  }
}

extension Editor.Plan {
  /// A result as it is to be written. Pasted back, it has the source's profile and opacity, with the
  /// new pixels opaque; every sample outside the mask is that of the source's file. The network's own
  /// picture is opaque sRGB.
  ///
  /// - Parameters:
  ///   - edited: what ``Editor/edit(_:_:progress:watch:)`` made of this plan.
  ///   - settings: those of the edit.
  /// - Throws: `ImageError.cannotEncode` when the profile refuses.
  public func stored(_ edited: Image, _ settings: EditSettings) throws -> StoredImage {
    guard settings.pastesBack, let file else { return StoredImage(colors: edited) }
    return try file.stored.replacing(edited, where: mask.pixels)
  }
}

extension Editor {
  /// Checks the settings and decides where to work, on a picture that may be transparent: the networks
  /// see it over `Ground.picture`. The mask must be made for this source.
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
