import ArgumentParser
import Inference

/// How Blended Diffusion is guided.
public struct BlendedOptionGroup: ParsableArguments {
  @Option(help: ArgumentHelp("Weight of CLIP's distance. (default: 100)", valueName: "lambda"))
  public var guideWeight: Float?

  @Option(
    help: ArgumentHelp(
      "Copies that CLIP sees at each step, all but one turned and tilted. (default: 8)",
      valueName: "n"))
  public var guideCopies: Int?

  @Option(
    help: ArgumentHelp(
      "Share of the steps that is left out, from the noisiest on. (default: 0.25)",
      valueName: "share"))
  public var guideSkip: Float?

  @Flag(help: "Let the gradient go through the UNet, too: exact, and slower.")
  public var guideThroughUnet = false

  @Flag(help: "Let CLIP see the picture at half the size: faster, and coarser.")
  public var guideHalfSize = false

  public init() {}

  public func validate() throws {
    do {
      try options.validate()
    } catch let error as EditError {
      throw ValidationError(error.onCommandLine)
    }
  }

  public var options: BlendedOptions {
    var options = BlendedOptions()
    if let guideWeight { options.weight = guideWeight }
    if let guideCopies { options.copies = guideCopies }
    if let guideSkip { options.skipped = guideSkip }
    options.goesThroughUNet = guideThroughUnet
    options.decodesHalf = guideHalfSize
    return options
  }

  /// The settings that were given, by name.
  public var given: [String] {
    let options: [(String, Bool)] = [
      ("guide-weight", guideWeight != nil), ("guide-copies", guideCopies != nil),
      ("guide-skip", guideSkip != nil), ("guide-through-unet", guideThroughUnet),
      ("guide-half-size", guideHalfSize),
    ]
    return options.filter(\.1).map(\.0)
  }
}
