import Foundation
import Pictures

/// A picture of what is to be painted, read and checked.
struct EditReference: Sendable {
  /// Whole, on ``Ground/reference`` where it is transparent.
  let picture: Image
  /// 128 or more on its object: the mask that was given, or else the picture's opacity.
  let mask: GrayImage?
  /// What a network is shown: the object alone where a mask was given, or else the whole picture.
  let shown: Image
  /// Whether a mask was given.
  let isCutOut: Bool
  /// What its files were read with.
  let warnings: [FileWarning]

  /// - Throws: ``EditError``, `ImageError`.
  init(_ files: EditJob.Reference) throws {
    try self.init(
      ImageFile.read(files.picture, evenIfCutShort: true), name: files.picture,
      mask: files.mask.map { (try ImageFile.readMask($0), $0) })
  }

  /// Files that lie in memory, which messages call `reference` and `reference mask`, with a number
  /// where there are several.
  ///
  /// - Throws: ``EditError``, `ImageError`.
  init(_ files: EditInputs.Reference, number: Int?) throws {
    let suffix = number.map { " \($0)" } ?? ""
    let (name, maskName) = ("reference" + suffix, "reference mask" + suffix)
    try self.init(
      ImageFile.read(files.picture, name: name, evenIfCutShort: true), name: name,
      mask: files.mask.map { (try ImageFile.readMask($0, name: maskName), maskName) })
  }

  private init(
    _ read: DecodedImage, name: String, mask: (read: DecodedMask, name: String)?
  ) throws {
    guard read.isVisible else { throw EditError.invisibleReference(name) }
    picture = read.image(on: .reference)
    isCutOut = mask != nil
    guard let mask else {
      (self.mask, shown, warnings) = (read.alpha, picture, read.warnings.about(name))
      return
    }
    let (found, expected) = (PictureSize(mask.read.pixels), PictureSize(picture))
    guard found == expected else {
      throw EditError.referenceMaskSize(mask.name, found: found, expected: expected)
    }
    guard let object = picture.object(in: mask.read.pixels) else {
      throw EditError.emptyReferenceMask(mask.name)
    }
    (self.mask, shown) = (mask.read.pixels, object)
    warnings = read.warnings.about(name) + mask.read.warnings.about(mask.name)
  }
}

extension [EditReference] {
  /// What a PNG says of them, beside its other settings: nothing of one that is shown whole.
  var description: [(key: String, value: String)] {
    var facts: [(key: String, value: String)] = []
    let cut = filter(\.isCutOut).count
    if count > 1 { facts.append(("references", "\(count)")) }
    if cut > 0 { facts.append(("reference-masks", "\(cut)")) }
    return facts
  }

  /// All of them in one picture, for a table: side by side, equally high.
  var row: Image? {
    guard let first, count > 1 else { return first?.picture }
    let height = Swift.min(first.picture.height, 512)
    let pictures = map { reference in
      let (width, full) = (reference.picture.width, reference.picture.height)
      return reference.picture.resized(
        width: Swift.max(width * height / full, 1), height: height, filter: .bicubic)
    }
    var row = Image(width: pictures.reduce(0) { $0 + $1.width }, height: height)
    var x = 0
    for picture in pictures {
      row.draw(picture, x: x, y: 0)
      x += picture.width
    }
    return row
  }
}
