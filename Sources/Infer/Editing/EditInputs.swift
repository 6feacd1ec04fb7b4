import Foundation
import Pictures

/// The pictures and words that an edit starts from, read and checked.
public struct EditInputs: Sendable {
  let source: DecodedImage
  let mask: RepaintMask
  /// Pictures of what is to be painted; none where words say it.
  private(set) var references: [EditReference] = []
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
    references = try job.references.map { try EditReference($0) }
    warnings += references.flatMap(\.warnings)
  }

  /// A picture of what is to be painted, as files that lie in memory.
  public struct Reference: Sendable {
    public var picture: Data
    /// White on the object, of the picture's size; what is outside of it is not shown. Nil to show the
    /// picture whole.
    public var mask: Data?

    public init(picture: Data, mask: Data? = nil) {
      (self.picture, self.mask) = (picture, mask)
    }
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
    try self.init(
      source: source, mask: mask, isInverted: isInverted,
      references: [Reference(picture: reference)])
  }

  /// The same after several pictures of one object, each of which may have a mask.
  ///
  /// - Throws: ``EditError``, `ImageError`.
  public init(
    source: Data, mask: Data, isInverted: Bool = false, references: [Reference]
  ) throws {
    try EditError.checkReferences(references.count)
    self.source = try ImageFile.read(source, name: "source", evenIfCutShort: true)
    self.mask = try Self.mask(mask, isInverted, for: PictureSize(self.source.colors))
    let isOne = references.count == 1
    self.references = try references.enumerated().map {
      try EditReference($1, number: isOne ? nil : $0 + 1)
    }
    warnings =
      self.source.warnings.about("source") + self.mask.warnings
      + self.references.flatMap(\.warnings)
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
