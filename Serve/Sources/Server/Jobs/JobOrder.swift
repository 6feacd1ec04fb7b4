import Foundation
import PaintByExample

/// What a client asked to be painted, checked and planned: what waits in the queue.
///
/// Pictures wait as their files, which are far smaller than their pixels.
struct JobOrder: Sendable {
  let model: ServedModel
  let series: EditSeries
  /// Products of the network that all of it takes, about: pictures × evaluations × pixels × conditions.
  let work: Double
  /// Evaluations of the network.
  let steps: Int
  /// What is worth knowing before it begins.
  let notes: [String]
  private let source: Data
  private let mask: Data
  private let references: [EditInputs.Reference]
  private let isInverted: Bool

  /// - Throws: ``Refusal``, `EditError`, `ImageError`.
  init(_ body: Given, _ models: ModelShelf, _ limits: Limits) throws {
    let members = try body.members([
      "model", "source", "mask", "reference", "referenceMask", "settings",
    ])
    let model = try models.find(members["model"])
    let settings = try RequestedSettings(
      members["settings"], usual: model.session.usualSampler, limits)
    try self.init(
      model, settings.series, isInverted: settings.isInverted,
      source: try members[required: "source"].picture(limits).file,
      mask: try members[required: "mask"].picture(limits).file,
      references: try Self.references(members, limits))
  }

  /// One or several pictures of the object, as many masks or none.
  private static func references(
    _ members: [String: Given], _ limits: Limits
  ) throws -> [EditInputs.Reference] {
    let pictures = try members[required: "reference"].items()
    guard !pictures.isEmpty else { throw Refusal.invalid("reference is an empty list") }
    guard pictures.count <= EditJob.mostReferences else {
      throw EditError.tooManyReferences(pictures.count)
    }
    let masks = members["referenceMask"]?.items() ?? pictures.map { _ in nil }
    guard masks.count == pictures.count else {
      throw Refusal.invalid(
        "referenceMask has \(masks.count) for \(pictures.count) in reference: give one each, or null for one "
          + "without")
    }
    return try zip(pictures, masks).enumerated().map { number, given in
      guard let picture = given.0 else { throw Refusal.invalid("reference \(number + 1) is null") }
      return EditInputs.Reference(
        picture: try picture.picture(limits).file, mask: try given.1?.picture(limits).file)
    }
  }

  /// - Throws: `EditError`, `ImageError`.
  init(
    _ model: ServedModel, _ series: EditSeries, isInverted: Bool, source: Data, mask: Data,
    references: [EditInputs.Reference]
  ) throws {
    (self.model, self.series, self.isInverted) = (model, series, isInverted)
    (self.source, self.mask, self.references) = (source, mask, references)
    steps = model.session.steps(series)
    let inputs = try EditInputs(
      source: source, mask: mask, isInverted: isInverted, references: references)
    let run = try model.session.run(series, inputs)
    notes = run.notes.map(noteText)
    work = Double(steps) * Double(run.size.width * run.size.height) * (series.isGuided ? 2 : 1)
  }

  /// The edit, its pictures decoded.
  ///
  /// - Throws: `EditError`, `ImageError`.
  func run() throws -> EditRun {
    try model.session.run(
      series,
      EditInputs(source: source, mask: mask, isInverted: isInverted, references: references))
  }
}

/// What is worth knowing about an edit, for a page.
func noteText(_ note: EditNote) -> String {
  String(note.text(naming: settingName).trimmingPrefix("warning: "))
}
