import ArgumentParser
import Inference
import Models
import Pictures

/// In what the implementations of the method differ.
struct CompatibilityOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Match another implementation: sets all of the following, and --crop none, "
        + "--size picture and --no-paste-back. An option given beside it wins."))
  var compat: ReferenceImplementation?

  @Option(help: ArgumentHelp("How the mask is resized to the latents. (default: bilinear)"))
  var maskResize: Conventions.MaskResize?

  @Option(
    help: ArgumentHelp(
      "Stretch the reference, or crop its centre as the model's feature_extractor says. "
        + "(default: stretch)"))
  var referenceResize: ReferenceResize?

  @Option(help: "Random number generator; torch reproduces PyTorch's seeds. (default: philox)")
  var rng: Conventions.Generator?

  @Option(help: "Which noise is drawn first with --rng torch. (default: posterior-first)")
  var drawOrder: Conventions.DrawOrder?

  @Option(help: "How values become 8-bit. (default: round)")
  var rounding: PixelRounding?

  @Option(help: "Scales without guidance. (default: 1)")
  var unguided: Conventions.UnguidedScales?

  @Option(help: "PLMS with --steps 1: two evaluations (heun) or one (euler). (default: heun)")
  var singleStep: SingleStep?

  @Option(
    help: ArgumentHelp(
      "What PLMS extrapolates, which matters to models that predict v. (default: noise)"))
  var plmsHistory: PLMSHistory?

  @Option(
    help: ArgumentHelp(
      "As many timesteps as --steps says, or more where that does not divide the schedule. "
        + "(default: counted)"))
  var timesteps: Conventions.Timesteps?

  /// The settings that were given, by name.
  var given: [String] {
    let options: [(String, Bool)] = [
      ("compat", compat != nil), ("mask-resize", maskResize != nil),
      ("reference-resize", referenceResize != nil), ("rng", rng != nil),
      ("draw-order", drawOrder != nil), ("rounding", rounding != nil),
      ("unguided", unguided != nil), ("single-step", singleStep != nil),
      ("plms-history", plmsHistory != nil), ("timesteps", timesteps != nil),
    ]
    return options.filter(\.1).map(\.0)
  }

  func configure(_ job: inout EditJob) {
    if let compat { job.settings.follow(compat) }
    func set<Value>(_ part: WritableKeyPath<Conventions, Value>, _ given: Value?) {
      if let given { job.settings.conventions[keyPath: part] = given }
    }
    set(\.maskResize, maskResize)
    set(\.referenceResize, referenceResize)
    set(\.generator, rng)
    set(\.drawOrder, drawOrder)
    set(\.rounding, rounding)
    set(\.unguidedScales, unguided)
    set(\.singleStep, singleStep)
    set(\.plmsHistory, plmsHistory)
    set(\.timesteps, timesteps)
  }
}

extension ReferenceImplementation: ExpressibleByArgument {}
extension Conventions.MaskResize: ExpressibleByArgument {}
extension ReferenceResize: ExpressibleByArgument {}
extension Conventions.Generator: ExpressibleByArgument {}
extension Conventions.DrawOrder: ExpressibleByArgument {}
extension PixelRounding: ExpressibleByArgument {}
extension Conventions.UnguidedScales: ExpressibleByArgument {}
extension SingleStep: ExpressibleByArgument {}
extension PLMSHistory: ExpressibleByArgument {}
extension Conventions.Timesteps: ExpressibleByArgument {}
