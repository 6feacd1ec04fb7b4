import Foundation
import PaintByExample

/// What a client of IOPaint asks to be painted.
///
/// What only other models read is ignored, and so are unknown members: the clients misspell some.
struct InpaintRequest {
  let series: EditSeries
  let source: Data
  /// Grey; black outside the cropper if there is one.
  let mask: Data
  let reference: Data

  var seed: UInt64 { series.settings.seed }

  /// - Throws: ``Refusal``: 400 where mask and picture differ in size; `ImageError`.
  init(_ body: Given, _ limits: Limits) throws {
    let members = try body.members(of: Self.names)
    if try members["use_extender"]?.truth() == true {
      throw Refusal.invalid("use_extender is true, but these models can't paint beyond a picture")
    }
    series = try Self.series(members)
    let (source, size) = try members[required: "image"].pictureOfIOPaint(limits)
    let (mask, maskSize) = try members[required: "mask"].pictureOfIOPaint(limits)
    guard size == maskSize else {
      throw Refusal(
        .badRequest, "the image is \(size), the mask is \(maskSize); scale the mask to the image")
    }
    (self.source, reference) = (
      source, try members[required: "paint_by_example_example_image"].pictureOfIOPaint(limits).file
    )
    let isCropped = try members["use_croper"]?.truth() == true
    self.mask = try MaskOfIOPaint(mask).file(within: isCropped ? Self.cropper(members) : nil)
  }

  private static let names = [
    "image", "mask", "paint_by_example_example_image", "sd_steps", "sd_guidance_scale",
    "sd_sampler", "sd_seed", "sd_mask_blur", "sd_keep_unmasked_area", "use_extender", "use_croper",
    "croper_x", "croper_y", "croper_width", "croper_height",
  ]

  /// With IOPaint's own defaults.
  private static func series(_ members: [String: Given]) throws -> EditSeries {
    var settings = EditSettings()
    settings.steps = try members["sd_steps"]?.integer() ?? 50
    settings.scale = try members["sd_guidance_scale"]?.float() ?? 7.5
    settings.sampler = try IOPaintSamplers.find(members["sd_sampler"]?.text() ?? "UniPC")
    settings.seed = try seed(members["sd_seed"]?.integer(from: -1) ?? 42)
    settings.feather = try feather(members["sd_mask_blur"]?.integer(from: 0) ?? 11)
    settings.pastesBack = try members["sd_keep_unmasked_area"]?.truth() ?? true
    let series = EditSeries(settings)
    try series.validate()
    return series
  }

  /// -1 draws one, from those that the clients can show.
  private static func seed(_ given: Int) -> UInt64 {
    given == -1 ? .random(in: 1...99_999_999) : UInt64(given)
  }

  /// IOPaint blurs the mask by a Gaussian of 2·blur + 1 pixels, whose σ OpenCV derives: over so many pixels
  /// inside the mask the old picture fades out.
  private static func feather(_ blur: Int) throws(Refusal) -> Float {
    guard blur <= 1_000 else { throw .invalid("sd_mask_blur is \(blur), expected 0 to 1000") }
    return blur == 0 ? 0 : 0.3 * Float(blur - 1) + 0.8
  }

  private static func cropper(_ members: [String: Given]) throws -> PixelRectangle {
    let bounds = 1 << 20
    func side(_ name: String, _ least: Int, _ usual: Int) throws -> Int {
      min(try members[name]?.integer(from: least) ?? usual, bounds)
    }
    return PixelRectangle(
      x: try side("croper_x", -bounds, 0), y: try side("croper_y", -bounds, 0),
      width: try side("croper_width", 1, 512), height: try side("croper_height", 1, 512))
  }
}

extension Given {
  /// The known members of an object; others are left out, and those that are null.
  func members(of known: [String]) throws(Refusal) -> [String: Given] {
    guard case .object(let members) = value else {
      throw .invalid("\(name) is \(value.summary), expected an object")
    }
    var found: [String: Given] = [:]
    for (key, value) in members where known.contains(key) && value != .null {
      found[key] = Given(name: key, value: value)
    }
    return found
  }

  /// A picture as IOPaint's clients send it: base64 may have line breaks, and a browser that doesn't know
  /// a file's type calls it `application/octet-stream`.
  func pictureOfIOPaint(_ limits: Limits) throws -> (file: Data, size: PictureSize) {
    var text = try text()
    let unknown = "data:application/octet-stream;base64,"
    if text.hasPrefix(unknown) { text.removeFirst(unknown.count) }
    if text.utf8.contains(where: { $0 == 10 || $0 == 13 }) {
      text.removeAll { $0.isNewline }
    }
    return try Given(name: name, value: .string(text)).picture(limits)
  }
}
