import Foundation
import PaintByExample

/// What can be painted with, and what would become of an edit.
struct ModelRoutes: RouteGroup {
  let models: ModelShelf
  let desk: DecodingDesk
  let limits: Limits

  var routes: [Route] {
    [
      Route(.get, "/models") { _ in .json(list) },
      Route(.post, "/plan") { call in try await desk.run { try plan(Given(body: call.body)) } },
    ]
  }

  private var list: JSONValue {
    .object([
      "models": .array(models.models.map(json)),
      "presets": .array(Preset.all.map(\.json)),
    ])
  }

  private func json(_ model: ServedModel) -> JSONValue {
    var settings = EditSettings()
    settings.use(model.session.usualSampler)
    return .object([
      "name": .string(model.name),
      "side": model.session.side.map { .integer($0) } ?? .null,
      "isLoaded": .bool(model.isLoaded),
      "samplers": .array(Sampler.allCases.map { .string($0.rawValue) }),
      "defaults": .object([
        "scale": .number(Double(settings.scale)), "steps": .integer(settings.steps),
        "sampler": .string(settings.sampler.rawValue),
      ]),
      "limits": .object([
        "pixels": .integer(limits.pixels), "bytes": .integer(limits.bytes),
        "count": .integer(limits.results), "steps": .integer(1000),
      ]),
    ])
  }

  /// What the network will see of a picture, before there is one.
  ///
  /// - Throws: ``Refusal``, `EditError`, `ImageError`.
  private func plan(_ body: Given) throws -> Answer {
    let members = try body.members(["model", "width", "height", "mask", "settings"])
    let model = try models.find(members["model"])
    let (width, height) = (
      try members[required: "width"].integer(from: 1),
      try members[required: "height"].integer(from: 1)
    )
    let settings = try RequestedSettings(
      members["settings"], usual: model.session.usualSampler, limits)
    let mask = try members[required: "mask"].picture(limits)
    let (pixels, isMore) = width.multipliedReportingOverflow(by: height)
    guard !isMore, pixels <= limits.pixels else {
      throw Refusal(
        .contentTooLarge,
        "\(width)×\(height) pixels are more than \(limits.pixels), the most there may be")
    }
    let size = PictureSize(width: width, height: height)
    guard mask.size == size else {
      throw EditError.maskSize("mask", found: mask.size, expected: size)
    }
    let run = try model.session.run(
      settings.series, EditInputs(size: size, mask: mask.file, isInverted: settings.isInverted))
    let memory = run.memory
    return .json(
      .object([
        "share": .number(run.share), "region": run.region.json,
        "size": .object([
          "width": .integer(run.size.width), "height": .integer(run.size.height),
        ]),
        "needs": memory.needed.map { .integer($0.total) } ?? .null,
        "available": memory.available.map { .integer($0) } ?? .null,
        "notes": .array(run.notes.map { .string(noteText($0)) }),
      ]))
  }
}

/// Settings that go together.
private struct Preset {
  let name: String
  let title: String
  let settings: [String: JSONValue]

  var json: JSONValue {
    .object(["name": .string(name), "title": .string(title), "settings": .object(settings)])
  }

  static let all = [
    Preset(
      name: "draft", title: "Draft: a quick look",
      settings: ["sampler": .string("unipc"), "steps": .integer(12), "scale": .integer(5)]),
    Preset(
      name: "standard", title: "Standard: as in the paper",
      settings: ["sampler": .string("plms"), "steps": .integer(50), "scale": .integer(5)]),
    Preset(
      name: "faithful", title: "Faithful: closer to the reference",
      settings: ["sampler": .string("plms"), "steps": .integer(50), "scale": .integer(8)]),
    Preset(
      name: "variants", title: "Variants: four seeds, quickly",
      settings: [
        "sampler": .string("dpm++"), "steps": .integer(20), "scale": .integer(5),
        "count": .integer(4),
      ]),
  ]
}
