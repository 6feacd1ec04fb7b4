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
  private let reference: EditInputs.Reference
  private let isInverted: Bool

  /// - Throws: ``Refusal``, `EditError`, `ImageError`.
  init(_ body: Given, _ models: ModelShelf, _ limits: Limits) throws {
    let members = try body.members([
      "model", "source", "mask", "reference", "referenceMask", "settings",
    ])
    let model = try models.find(members["model"])
    let settings = try RequestedSettings(members["settings"], limits)
    let pictures = try ["source", "mask", "reference"].map { name in
      try members[required: name].picture(limits).file
    }
    let referenceMask = try members["referenceMask"]?.picture(limits).file
    try self.init(
      model, settings.series, isInverted: settings.isInverted,
      source: pictures[0], mask: pictures[1], reference: pictures[2],
      referenceMask: referenceMask)
  }

  /// - Throws: `EditError`, `ImageError`.
  init(
    _ model: ServedModel, _ series: EditSeries, isInverted: Bool, source: Data, mask: Data,
    reference: Data, referenceMask: Data? = nil
  ) throws {
    (self.model, self.series, self.isInverted) = (model, series, isInverted)
    (self.source, self.mask) = (source, mask)
    self.reference = EditInputs.Reference(picture: reference, mask: referenceMask)
    steps = model.session.steps(series)
    let inputs = try EditInputs(
      source: source, mask: mask, isInverted: isInverted, references: [self.reference])
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
      EditInputs(source: source, mask: mask, isInverted: isInverted, references: [reference]))
  }
}

/// What is worth knowing about an edit, for a page.
func noteText(_ note: EditNote) -> String {
  String(note.text(naming: settingName).trimmingPrefix("warning: "))
}
