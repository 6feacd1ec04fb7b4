import Foundation
import Pictures

/// The pictures and words that an edit starts from, read and checked.
public struct EditInputs: Sendable {
  let source: DecodedImage
  let mask: RepaintMask
  private(set) var reference: Image?
  /// 128 or more on the reference's object.
  private(set) var referenceMask: GrayImage?
  /// What is to be painted, in words: as it was given, and with the other texts in it.
  private(set) var prompt: String?
  private(set) var text: String?
  private(set) var subject: String?
  private(set) var caption: String?
  /// What the pictures were read with.
  private var warnings: [FileWarning] = []

  /// Reads a job's files.
  ///
  /// - Throws: ``EditError``, `ImageError`, ``PromptTemplateError``.
  init(_ job: EditJob) throws {
    source = try ImageFile.read(job.image, evenIfCutShort: true)
    mask = try job.mask(for: source.image)
    warnings = source.warnings.about(job.image) + mask.warnings
    (prompt, subject, caption) = (job.prompt, job.subject, job.caption)
    text = try job.prompt.map {
      try PromptTemplate($0).text(subject: job.subject, caption: job.caption)
    }
    guard let file = job.reference else { return }
    let shown = try ImageFile.read(file, evenIfCutShort: true)
    try show(shown, name: file)
    guard let file = job.referenceMask else { return }
    try cutOut(ImageFile.readMask(file), name: file, of: PictureSize(shown.colors))
  }

  /// Reads files that lie in memory. Errors and notes call them `source`, `mask` and `reference`.
  ///
  /// - Parameters:
  ///   - source: the picture to edit.
  ///   - mask: of the source's size as displayed; white means edit.
  ///   - isInverted: whether black means edit instead.
  ///   - reference: a picture of what is to be painted.
  /// - Throws: ``EditError``, `ImageError`.
  public init(source: Data, mask: Data, isInverted: Bool = false, reference: Data) throws {
    self.source = try ImageFile.read(source, name: "source", evenIfCutShort: true)
    self.mask = try Self.mask(mask, isInverted, for: PictureSize(self.source.colors))
    warnings = self.source.warnings.about("source") + self.mask.warnings
    try show(
      ImageFile.read(reference, name: "reference", evenIfCutShort: true), name: "reference")
  }

  /// A mask in memory for a picture of which only the size is known: enough to plan an edit.
  ///
  /// - Throws: ``EditError``, `ImageError`.
  public init(size: PictureSize, mask: Data, isInverted: Bool = false) throws {
    source = DecodedImage(Image(width: size.width, height: size.height))
    self.mask = try Self.mask(mask, isInverted, for: size)
    warnings = self.mask.warnings
  }

  private static func mask(
    _ data: Data, _ isInverted: Bool, for picture: PictureSize
  ) throws -> RepaintMask {
    try RepaintMask(
      ImageFile.readMask(data, name: "mask"), name: "mask", inverted: isInverted, for: picture)
  }

  private mutating func show(_ shown: DecodedImage, name: String) throws {
    guard shown.isVisible else { throw EditError.invisibleReference(name) }
    reference = shown.image(on: .reference)
    referenceMask = shown.alpha
    warnings += shown.warnings.about(name)
  }

  private mutating func cutOut(
    _ read: DecodedMask, name: String, of expected: PictureSize
  ) throws {
    let found = PictureSize(read.pixels)
    guard found == expected else {
      throw EditError.referenceMaskSize(name, found: found, expected: expected)
    }
    do {
      _ = try EditMask(read.pixels)
    } catch EditMaskProblem.empty {
      throw EditError.emptyReferenceMask(name)
    } catch EditMaskProblem.full {
      // The object fills its picture.
    }
    referenceMask = read.pixels
    warnings += read.warnings.about(name)
  }

  /// What must be said of how the pictures were read, each thing once.
  var notes: [EditNote] {
    var told: Set<FileWarning> = []
    return warnings.filter { told.insert($0).inserted }.map { .picture($0) }
  }
}

extension EditJob {
  fileprivate func mask(for source: Image) throws -> RepaintMask {
    switch region {
    case .mask(let file): try RepaintMask(file: file, inverted: isInverted, for: source)
    case .box(let box): try RepaintMask(box: box, inverted: isInverted, for: source)
    case .fractions(let box):
      try RepaintMask(
        box: box.scaled(Float(source.width), Float(source.height)), inverted: isInverted,
        for: source)
    }
  }
}
