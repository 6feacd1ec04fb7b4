import Pictures

/// What a job's hole is to hold, read from its files.
struct EditInputs: Sendable {
  private(set) var reference: Image?
  /// 128 or more on the reference's object.
  private(set) var referenceMask: GrayImage?
  let text: String?
  /// What the files were read with.
  private(set) var warnings: [FileWarning] = []

  /// - Throws: ``EditError``, `ImageError`, ``PromptTemplateError``.
  init(_ job: EditJob) throws {
    text = try job.prompt.map {
      try PromptTemplate($0).text(subject: job.subject, caption: job.caption)
    }
    guard let file = job.reference else { return }
    let shown = try ImageFile.read(file, evenIfCutShort: true)
    guard shown.isVisible else { throw EditError.invisibleReference(file) }
    reference = shown.image(on: .reference)
    referenceMask = shown.alpha
    warnings = shown.warnings.about(file)
    guard let file = job.referenceMask else { return }
    let read = try ImageFile.readMask(file)
    let (found, expected) = (PictureSize(read.pixels), PictureSize(shown.colors))
    guard found == expected else {
      throw EditError.referenceMaskSize(file, found: found, expected: expected)
    }
    do {
      _ = try EditMask(read.pixels)
    } catch EditMaskProblem.empty {
      throw EditError.emptyReferenceMask(file)
    } catch EditMaskProblem.full {
      // The object fills its picture.
    }
    referenceMask = read.pixels
    warnings += read.warnings.about(file)
  }
}
