import PaintByExample

/// The settings of a request, named as the options of `pbe-sample`, with capitals for dashes.
package struct RequestedSettings: Sendable {
  var series = EditSeries()
  var isInverted = false

  /// - Parameters:
  ///   - given: an object, or nil for the defaults. A seed that is not given is drawn.
  ///   - usual: the sampler where none is given.
  /// - Throws: ``Refusal``, `EditError`.
  init(_ given: Given?, usual: Sampler, _ limits: Limits) throws {
    series.settings.seed = .random(in: 0..<1 << 32)
    let members = try given?.members(Self.names) ?? [:]
    if let implementation = try members["compat"]?.choice(ReferenceImplementation.self) {
      series.settings.follow(implementation)
    }
    series.settings.use(try members["sampler"]?.choice(Sampler.self) ?? usual)
    for (name, value) in members where name != "sampler" { try set(name, value) }
    try series.validate()
    guard series.results <= limits.results else {
      throw Refusal.invalid(
        "count and scales ask for \(series.results) pictures, expected at most \(limits.results)")
    }
  }

  package static let names = [
    "sampler", "steps", "scale", "scales", "eta", "seed", "count", "posterior", "precision", "crop",
    "size", "pasteBack", "feather", "matchSeam", "invert", "compat", "maskResize",
    "referenceResize", "rng", "drawOrder", "rounding", "unguided", "singleStep", "plmsHistory",
    "timesteps",
  ]

  private mutating func set(_ name: String, _ given: Given) throws {
    switch name {
    case "steps": series.settings.steps = try given.integer()
    case "scale": series.settings.scale = try given.float()
    case "scales": series.scales = try given.floats()
    case "eta": series.settings.eta = try given.float()
    case "seed": series.settings.seed = UInt64(try given.integer(from: 0))
    case "count": series.count = try given.integer()
    case "posterior": series.settings.posterior = try given.choice()
    case "precision": series.settings.precision = try given.choice()
    case "crop": series.settings.crop = try given.choice()
    case "size": series.settings.size = try given.size()
    case "pasteBack": series.settings.pastesBack = try given.truth()
    case "feather": series.settings.feather = try given.float()
    case "matchSeam": series.settings.matchesSeam = try given.truth()
    case "invert": isInverted = try given.truth()
    default: try series.settings.conventions.set(name, given)
    }
  }
}

extension Conventions {
  fileprivate mutating func set(_ name: String, _ given: Given) throws {
    switch name {
    case "maskResize": maskResize = try given.choice()
    case "referenceResize": referenceResize = try given.choice()
    case "rng": generator = try given.choice()
    case "drawOrder": drawOrder = try given.choice()
    case "rounding": rounding = try given.choice()
    case "unguided": unguidedScales = try given.choice()
    case "singleStep": singleStep = try given.choice()
    case "plmsHistory": plmsHistory = try given.choice()
    case "timesteps": timesteps = try given.choice()
    default: break  // `compat`, which was set before all others
    }
  }
}

extension Given {
  /// `model`, `picture`, or width and height as `512x384`.
  fileprivate func size() throws(Refusal) -> EditSettings.WorkSize {
    let text = try text()
    if text == "model" { return .model }
    if text == "picture" { return .picture }
    guard let sides = text.wholeMatch(of: /([1-9][0-9]{0,4})x([1-9][0-9]{0,4})/)?.output,
      let width = Int(sides.1), let height = Int(sides.2), max(width, height) <= 65_536
    else { throw .invalid("size is \(value.summary), expected model, picture, or such as 512x384") }
    return .exactly(PictureSize(width: width, height: height))
  }
}
