import ArgumentParser
import Inference
import Models
import Support

/// Which method paints, and what it is told; for every command that paints.
public struct MethodOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Paint with another method: "
        + MethodDefinition.standard.map(\.name).joined(separator: ", ") + ". See docs/methods.md.",
      valueName: "name"))
  public var method: String?

  @Option(
    help: ArgumentHelp(
      "What to paint, for methods that read texts; {class} and {caption} stand for what is known of "
        + "each case.", valueName: "text"))
  public var prompt: String?

  @OptionGroup public var blended: BlendedOptionGroup

  @Option(
    help: ArgumentHelp(
      "The CLIP whose opinion guides blended-text and blended-image.", valueName: "dir"))
  public var guide: String?

  @Option(
    help: ArgumentHelp(
      "The weights of dccf: a state dict as DCCF publishes it, or a run of the objective harmonisation.",
      valueName: "file"))
  public var harmoniser: String?

  public init() {}

  public func validate() throws {
    do {
      if let method { _ = try MethodDefinition.named(method) }
      if let prompt { _ = try PromptTemplate(prompt) }
    } catch let error as any Error & SettingMessage {
      throw ValidationError(error.onCommandLine)
    }
    let files = [guide.map { _ in "--guide" }, harmoniser.map { _ in "--harmoniser" }]
    let guided = files.compactMap { $0 } + blended.given.map { "--\($0)" }
    guard method != nil || guided.isEmpty else {
      throw ValidationError(
        "\(guided.joined(separator: ", ")): these belong to a method; give --method NAME, too.")
    }
  }

  /// The method; nil where the model's own way is meant.
  public var definition: MethodDefinition? { method.flatMap { try? .named($0) } }

  /// What the method is made of.
  public func setup(
    model: String?, weights: WeightChoice, adapters: [AdapterSource] = []
  ) -> MethodSetup {
    var setup = MethodSetup()
    (setup.model, setup.adapters) = (model, adapters)
    setup.weights = weights
    setup.guide = guide
    setup.harmoniser = harmoniser
    setup.blended = blended.options
    return setup
  }

  /// Checks that the method has its files, and none that it has no use for.
  ///
  /// - Throws: `ValidationError`.
  public func check(model: String?, sampler: Sampler?) throws {
    guard let definition else { return }
    do {
      try definition.check(setup(model: model, weights: .averaged))
      let given: [(MethodNeed, String?)] = [
        (.model, model), (.guide, guide), (.harmoniser, harmoniser), (.text, prompt),
      ]
      for (need, value) in given
      where value != nil && !definition.needs.contains(need) {
        throw MethodError.unused(need, of: definition.name)
      }
      if !definition.needs.contains(.guide), !blended.given.isEmpty {
        throw MethodError.unusedOptions(blended.given, of: definition.name)
      }
      if let sampler, let expected = definition.sampler, sampler != expected {
        throw MethodError.otherSampler(sampler, method: definition.name, expected: expected)
      }
    } catch let error as MethodError {
      throw ValidationError(error.onCommandLine)
    }
  }
}
