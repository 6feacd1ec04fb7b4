import ArgumentParser
import Commands
import Scenes
import Support

struct ScenesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scenes",
    abstract: "Draw procedural still lifes as a dataset and a bench.",
    discussion: """
      Writes pictures and boxes in OpenImages' layout (splits train and validation) and a bench in \
      COCOEE's layout under DIR/bench. The same settings give the same files. A second call \
      resumes where the first one stopped.

      Example:
        pbe-data scenes --output runs/scenes --images 3000 --bench 100 --size 64
      """)

  @Option(help: ArgumentHelp("Folder to write to; created if it does not exist.", valueName: "dir"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Number of training pictures; 5 % more, at least 32, are drawn for validation. 0 for none.",
      valueName: "n"))
  var images = 3000

  @Option(help: ArgumentHelp("Number of cases in the bench. 0 for none.", valueName: "m"))
  var bench = 100

  @Option(help: ArgumentHelp("Width and height of the pictures in pixels.", valueName: "s"))
  var size = 128

  @Option(help: "Another seed gives other pictures.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "What to draw: "
        + ShapeClass.allCases.map(\.rawValue).joined(separator: ", ")
        + ". (default: all but crescent, which is kept for models to learn anew)",
      valueName: "class,class,…"),
    transform: Self.classes)
  var classes: [ShapeClass]?

  @Flag(
    help: """
      Also write a mask of each object, so that references can show it alone \
      (data.params.train.params.reference_mask_probability); train on DIR/train.jsonl then.
      """)
  var masks = false

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    try check("--images", images, in: 0...10_000_000)
    try check("--bench", bench, in: 0...1_000_000)
    try check("--size", size, in: SceneSettings.sizes)
    if images == 0 && bench == 0 {
      throw ValidationError("--images and --bench are both 0: there is nothing to draw.")
    }
    if output.isEmpty { throw ValidationError("--output is empty; give a folder.") }
  }

  @Sendable private static func classes(_ text: String) throws -> [ShapeClass]? {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let found = ShapeClass(rawValue: String(word)) else {
        let known = ShapeClass.allCases.map(\.rawValue)
        throw ValidationError("there is no class '\(word)'\(didYouMean(String(word), in: known))")
      }
      return found
    }
  }

  private func check(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw ValidationError(
        "\(name) must be between \(range.lowerBound) and \(range.upperBound), not \(value).")
    }
  }

  func run() throws {
    let settings = SceneSettings(
      images: images, bench: bench, size: size, seed: seed, classes: classes)
    threadCount = threads.count
    switch try SceneDataset.write(settings, to: output, masks: masks, progress: .terminal) {
    case .written: printText("\(output): \(contents(settings))")
    case .alreadyComplete: printText("\(output): already done (\(contents(settings)))")
    }
  }

  private func contents(_ settings: SceneSettings) -> String {
    var parts: [String] = []
    if images > 0 {
      parts.append("\(images) training and \(settings.validationImages) validation pictures")
    }
    if bench > 0 { parts.append("\(bench) bench cases") }
    return parts.joined(separator: ", ")
  }
}
