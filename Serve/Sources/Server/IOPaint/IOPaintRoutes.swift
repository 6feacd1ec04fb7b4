import Foundation
import HTTPTypes
import PaintByExample

/// The interface of IOPaint 1.6, as far as it concerns *Paint by Example*: its clients paint with our models.
struct IOPaintRoutes: RouteGroup {
  static let root = "/api/v1/"

  let models: ModelsOfIOPaint
  let painting: PaintingForIOPaint
  let desk: DecodingDesk

  var routes: [Route] { configuration + pictures + absent }

  private var configuration: [Route] {
    [
      get("server-config") { .json(config) },
      get("model") { .json(models.currentInfo) },
      post("model") { body in
        let name = try body.members(of: ["name"])[required: "name"]
        try models.choose(name)
        return .json(models.currentInfo)
      },
      get("samplers") { .json(samplers) },
      Route(.post, Self.root + "samplers", accepts: []) { _ in .json(samplers) },
    ]
  }

  private var pictures: [Route] {
    [
      Route(.post, Self.root + "inpaint", waits: true) { call in
        try await painting.paint(call.body, with: models.current)
      },
      post("adjust_mask") { body in
        Answer(type: "image/png", try changedMask(body), [.cacheControl: "no-store"])
      },
      // Asked for whenever a picture is opened: whether it was painted after a prompt. Ours never are.
      Route(.post, Self.root + "gen-info", accepts: ["multipart/form-data"]) { _ in
        .json(.object(["prompt": .string(""), "negative_prompt": .string("")]))
      },
    ]
  }

  /// What IOPaint can be started with, and we don't have.
  private var absent: [Route] {
    let plugins = ["run_plugin_gen_mask", "run_plugin_gen_image", "switch_plugin_model"]
    return [
      get("inputimage") {
        throw Refusal(.notFound, "this server has no input image: open one in the client")
      },
      Route(.post, Self.root + "save_image", accepts: ["multipart/form-data"]) { _ in
        throw Refusal(
          .badRequest, "this server keeps no client's files: save the picture in the client")
      },
    ]
      + plugins.map { name in
        post(name) { _ in throw Refusal.invalid("this server has no plugins") }
      }
  }

  private func get(_ name: String, _ answer: @escaping @Sendable () throws -> Answer) -> Route {
    Route(.get, Self.root + name) { _ in try answer() }
  }

  /// A route that reads JSON, among the work that takes memory.
  private func post(
    _ name: String, _ answer: @escaping @Sendable (Given) throws -> Answer
  ) -> Route {
    Route(.post, Self.root + name) { call in
      try await desk.run { try answer(Given(body: call.body)) }
    }
  }

  private var samplers: JSONValue { .array(IOPaintSamplers.all.map { .string($0.name) }) }

  private var config: JSONValue {
    .object([
      "modelInfos": models.infos, "samplers": samplers,
      "plugins": .array([]),
      "removeBGModel": .string(""), "removeBGModels": .array([]),
      "realesrganModel": .string(""), "realesrganModels": .array([]),
      "interactiveSegModel": .string(""), "interactiveSegModels": .array([]),
      "enableFileManager": .bool(false), "enableAutoSaving": .bool(false),
      "enableControlnet": .bool(false), "controlnetMethod": .null,
      "disableModelSwitch": .bool(false), "isDesktop": .bool(false),
    ])
  }

  private func changedMask(_ body: Given) throws -> Data {
    let members = try body.members(of: ["mask", "operate", "kernel_size"])
    let change: MaskOfIOPaint.Change = try members[required: "operate"].choice()
    let radius = try members["kernel_size"]?.integer(from: 1) ?? 5
    let file = try members[required: "mask"].pictureOfIOPaint(painting.limits).file
    return try MaskOfIOPaint(file).changed(change, radius: radius)
  }
}
