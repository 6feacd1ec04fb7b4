import ArgumentParser
import Commands
import Datasets
import Foundation
import Support
import Tensors
import Training

/// `pbe-data preview`: the first training items of a configuration, to look at.
struct PreviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract: "Draw training examples as the network will see them.",
    discussion: """
      Draws one row per example, from the first of the first epoch: the picture, the picture with \
      its hole, the mask (white is repainted), the reference before and after augmentation, and the \
      further views of the object, if the configuration has such. The \
      tensors are image and masked_image [N, S, S, 3] in -1...1, mask [N, S, S, 1] (1 keep, 0 hole), \
      reference and view_2, view_3, … [N, E, E, 3] (normalised for CLIP), box and crop [N, 4] (x0, y0, x1, y1 in pixels).

      Example:
        pbe-data preview \\
          --config Configs/demo.yaml data.params.train.params.dataset_dir=photos \\
          --output sheet.png
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("YAML configurations, merged from left to right.", valueName: "file"))
  var config: [String]

  @Argument(help: ArgumentHelp("Overrides of the configuration.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: ArgumentHelp("The contact sheet to write.", valueName: "sheet.png"))
  var output: String

  @Option(help: "Number of examples, 1 to 256.")
  var count = 16

  @Option(help: ArgumentHelp("Also write the examples' tensors.", valueName: "file.safetensors"))
  var saveTensors: String?

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard (1...256).contains(count) else {
      throw ValidationError("--count must be between 1 and 256, not \(count).")
    }
    guard output.lowercased().hasSuffix(".png") else {
      throw ValidationError("--output must end in .png: the contact sheet is a PNG.")
    }
    if let saveTensors, FilePlace(writing: saveTensors) == FilePlace(writing: output) {
      throw ValidationError("--output and --save-tensors are the same file, \(output).")
    }
  }

  func run() throws {
    threadCount = threads.count
    let configuration = try loadConfiguration()
    let settings = configuration.data.train.triplets
    let dataset = try configuration.data.train.open(progress: .terminal)
    let source = try BatchSource(
      PreviewProducer(settings), dataset, batchSize: 1, seed: configuration.seed)
    let loader = BatchLoader(source, workers: threads.count)
    defer { loader.stop() }

    var preview = TripletPreview(
      imageSize: settings.imageSize, views: settings.mostViews, keepsTensors: saveTensors != nil)
    for _ in 0..<count { preview.add(try loader.next()) }
    try preview.image.writePNG(to: output)
    if let saveTensors { try Safetensors.write(preview.tensors, to: saveTensors) }
    if !source.skipped.isEmpty { writeStandardError("\(source.skipped)\n") }
    printText("\(count) of \(dataset.count) items: \(output)")
  }

  /// `--config` takes every word up to the next option, so overrides may be among its values.
  private func loadConfiguration() throws -> TrainingConfiguration {
    let words = config + overrides
    let loaded = try TrainingConfiguration.load(
      files: words.filter { !$0.contains("=") }, overrides: words.filter { $0.contains("=") })
    for note in loaded.notes { writeStandardError("note: \(note.onCommandLine)\n") }
    return loaded.configuration
  }
}
