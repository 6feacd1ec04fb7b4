import ArgumentParser
import Commands
import Evaluation
import Foundation
import Inference
import Models
import Support

struct FolderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model folder or a run directory that paints the pictures first.", valueName: "dir"))
  var model: String?

  @OptionGroup var lora: AdapterOptions

  @Option(
    help: ArgumentHelp(
      "A folder of pictures made elsewhere, named NNNNNNNNNNNN.png.", valueName: "dir"))
  var results: String?

  @Option(
    help: ArgumentHelp(
      "Fill the masks without a model: "
        + Baseline.standard.map(\.name).joined(separator: ", ") + ".", valueName: "name"))
  var baseline: Baseline?

  @Option(
    help: ArgumentHelp(
      "The bench: GT_3500, Mask_bbox_3500, Ref_3500 and id_list.npy.", valueName: "dir"))
  var bench: String

  @Option(
    help: ArgumentHelp("The folder to write to; created if it does not exist.", valueName: "dir"))
  var output: String

  @Option(help: ArgumentHelp("Take only the first n cases.", valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Take only the i-th of n parts of the cases; 'pbe-eval merge' joins the parts.",
      valueName: "i/n"),
    transform: FolderOptions.shard)
  var shard: Shard?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
  }

  /// Whether exactly one is given of what makes the pictures; a method may have a model.
  func check(_ methods: MethodOptions, _ sampler: Sampler?) throws {
    let given = [
      methods.method == nil ? model.map { _ in "--model" } : "--method",
      baseline.map { _ in "--baseline" }, results.map { _ in "--results" },
    ].compactMap { $0 }
    guard given.count == 1 else {
      throw ValidationError(
        given.isEmpty
          ? "Give --model DIR or --baseline NAME (to make the pictures) or --results DIR (to score "
            + "existing ones)."
          : "Give either \(given.joined(separator: " or ")), not both.")
    }
    guard model != nil || lora.adapters.isEmpty else {
      throw ValidationError("--lora changes a model: give --model DIR beside it.")
    }
    guard methods.method != nil || methods.prompt == nil else {
      throw ValidationError("--prompt belongs to a method: give --method NAME beside it.")
    }
    try methods.check(model: model, sampler: sampler)
  }

  @Sendable private static func shard(_ argument: String) throws -> Shard {
    guard let shard = Shard(rawValue: argument) else {
      throw ValidationError(
        "--shard is '\(argument)', expected i/n: the part and how many there are, as in 1/4.")
    }
    return shard
  }
}

/// How the pictures are made; the defaults are those of `pbe-sample`.
struct SamplingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Cases painted at once; any number gives the same pictures. (default: 1)", valueName: "n"))
  var batch: Int?

  @Option(help: "The sampler. (default: the one that the model names, or plms)")
  var sampler: Sampler?

  @Option(
    help: ArgumentHelp("Sampling steps, 1 to 1000. (default: 50; 4 with lcm)", valueName: "n"))
  var steps: Int?

  @Option(
    help: "Guidance scale: how closely to follow the reference. (default: 5; 1 with lcm)")
  var scale: Float?

  @Option(
    help:
      "Seed of the first case; the case at position i of id_list.npy has seed + i. (default: 42)")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Match another implementation in mask and reference resizing, seeds, rounding, guidance "
        + "threshold and timesteps, as pbe-sample's --compat does."))
  var compat: ReferenceImplementation?

  @Option(
    help: ArgumentHelp(
      "What makes the pictures: the autoencoder (full), the model's tiny decoder (tiny), or a tiny decoder "
        + "elsewhere, a file or a folder. (default: full)", valueName: "decoder"))
  var decoder: String?

  @Option(help: "Averaged (ema) or last (raw) weights of a trained model. (default: ema)")
  var weights: WeightChoice?

  @Flag(help: "Control run: use the learnt null condition instead of every reference.")
  var nullReference = false

  @Flag(help: "Use the object that was there (True_3500) as the reference.")
  var trueReference = false

  @Flag(help: "Show the model the reference's object alone, by the bench's masks (RefMask_3500).")
  var referenceMask = false

  func validate() throws {
    if let batch, batch < 1 { throw ValidationError("--batch must be at least 1, not \(batch).") }
    if let steps, !(1...1000).contains(steps) {
      throw ValidationError("--steps must be 1 to 1000, not \(steps).")
    }
    if let scale, !scale.isFinite {
      throw ValidationError("--scale must be a finite number, not \(scale).")
    }
    guard givenReferences.count <= 1 else {
      throw ValidationError("Give only one of \(givenReferences.joined(separator: " and ")).")
    }
  }

  /// The flags that choose a reference.
  private var references: [(name: String, isGiven: Bool, choice: ReferenceChoice)] {
    [
      ("--null-reference", nullReference, .null), ("--true-reference", trueReference, .truth),
      ("--reference-mask", referenceMask, .object),
    ]
  }

  /// Those of them that were given.
  var givenReferences: [String] { references.filter(\.isGiven).map(\.name) }

  /// What a method is told.
  func edit(_ method: MethodDefinition) -> EditSettings {
    var edit = EditSettings()
    edit.conventions = method.conventions
    if let compat { edit.conventions = compat.conventions }
    if let scale = method.scale { edit.scale = scale }
    if let sampler = sampler ?? method.sampler { edit.use(sampler) }
    if let steps { edit.steps = steps }
    if let scale { edit.scale = scale }
    edit.seed = seed ?? 42
    return edit
  }

  func method(model: String, _ adapters: [AdapterSource]) throws -> ModelMethod {
    var usual = EditSettings()
    usual.use(sampler ?? .usual(forModelAt: model))
    let method = try ModelMethod(
      model: model, adapters: adapters, sampler: usual.sampler, steps: steps ?? usual.steps,
      scale: scale ?? usual.scale, seed: seed ?? 42, weights: weights ?? .averaged,
      reference: references.first(where: \.isGiven)?.choice ?? .own, compat: compat,
      decoder: DecoderChoice(decoder ?? "full"))
    report(notes: method.notes)
    return method
  }

  /// The options that were given, by name; all of them need a model.
  var given: [String] {
    let options: [(String, Bool)] = [
      ("--batch", batch != nil), ("--sampler", sampler != nil), ("--steps", steps != nil),
      ("--scale", scale != nil), ("--seed", seed != nil), ("--weights", weights != nil),
      ("--compat", compat != nil), ("--decoder", decoder != nil),
    ]
    return options.filter(\.1).map(\.0) + givenReferences
  }
}

/// What the run must reach for the program to end with 0.
struct AssertionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Fail (exit code 1) with fewer wins against the shuffled reference.", valueName: "n"))
  var requireWins: Int?

  @Option(help: ArgumentHelp("Fail when own / shuffled similarity is lower.", valueName: "r"))
  var requireRatio: Double?

  @Option(
    help: ArgumentHelp(
      "Fail when the wins are outside LOW,HIGH; for control runs.", valueName: "low,high"))
  var requireWinsBetween: Bounds?

  @Flag(help: "End with 0 although some cases could not be scored.")
  var partial = false

  func validate() throws {
    guard requireRatio?.isFinite ?? true else {
      throw ValidationError("--require-ratio must be a number.")
    }
  }

  /// The options that were given, by name.
  var given: [String] {
    let options: [(String, Bool)] = [
      ("--require-wins", requireWins != nil), ("--require-ratio", requireRatio != nil),
      ("--require-wins-between", requireWinsBetween != nil),
    ]
    return options.filter(\.1).map(\.0)
  }

  func check(_ report: EvaluationReport) throws {
    let requirements = Requirements(
      wins: requireWins, ratio: requireRatio, winsBetween: requireWinsBetween?.range)
    try requirements.check(report.metrics)
    try checkWhole([report.metrics])
  }

  /// Numbers of a part of a bench are not the bench's: who takes them for it should notice.
  func checkWhole(_ runs: [EvaluationMetrics]) throws {
    let problems = runs.reduce(0) { $0 + $1.unscored }
    guard problems > 0, !partial else { return }
    throw PartOfBench(problems: problems)
  }
}

/// What an evaluation ends with that left cases out; which they are has been said.
private struct PartOfBench: Error, CustomStringConvertible {
  let problems: Int
  var description: String {
    "\(problems) case\(problems == 1 ? "" : "s") could not be scored, so these are the numbers of a "
      + "part of the bench; the report is written. Give the missing files, or --partial to accept that"
  }
}

/// `LOW,HIGH`, both included.
struct Bounds: ExpressibleByArgument {
  let range: ClosedRange<Int>

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let low = Int(parts[0]), let high = Int(parts[1]), low <= high else {
      return nil
    }
    range = low...high
  }
}

extension FolderOptions {
  /// What methods are told of each case; `annotations` is COCO's file.
  func texts(_ methods: MethodOptions, _ annotations: String?) throws -> CaseTexts? {
    guard methods.definition?.needs.contains(.text) == true else { return nil }
    return try CaseTexts(
      methods.prompt ?? CaseTexts.standard, annotations: annotations.map { URL(filePath: $0) })
  }
}

extension Sampler: ExpressibleByArgument {}
extension WeightChoice: ExpressibleByArgument {}
extension ReferenceImplementation: ExpressibleByArgument {}

extension Baseline: ExpressibleByArgument {
  public init?(argument: String) {
    guard let found = Self.standard.first(where: { $0.name == argument }) else { return nil }
    self = found
  }

  public static var allValueStrings: [String] { standard.map(\.name) }
}
