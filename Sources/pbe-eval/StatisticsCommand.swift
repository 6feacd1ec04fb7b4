import ArgumentParser
import Commands
import Evaluation
import Foundation
import Support
import Tensors

/// `pbe-eval statistics`: what real pictures look like to the encoders.
struct StatisticsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "statistics",
    abstract: "Compute the reference statistics of a folder of real pictures.",
    discussion: """
      Every picture is cropped as the official evaluation does: the shorter side resized to 512, \
      the middle square kept. The paper's reference set is COCO test2017 (40,670 pictures). An \
      interrupted run resumes where it stopped. An existing output keeps what it has of the same \
      pictures and encoder, so that you can add --inception later.

      Example:
        pbe-eval statistics --images coco/test2017 --clip ViT-B-32 \\
          --output coco.safetensors
      """)

  @OptionGroup var folder: PictureFolderOptions
  @OptionGroup var encoders: EncoderOptions

  @Option(help: ArgumentHelp("The file to write.", valueName: "file.safetensors"))
  var output: String

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard encoders.clip != nil || encoders.inception != nil else {
      throw ValidationError("Give --clip DIR, --inception FILE or both.")
    }
  }

  func run() throws {
    threadCount = threads.count
    try AtomicFile.checkWritable(output)
    var given: [FeatureSpace: any FeatureEncoder] = [:]
    given[.clip] = try encoders.clipEncoder()
    given[.inception] = try encoders.inceptionEncoder()
    let pictures = try folder.pictures()
    let builder = StatisticsBuilder(output: URL(filePath: output), cache: folder.cacheFolder)
    if let exchange = try RankGroup.join() {
      try builder.prepare(
        share: exchange.rank, of: exchange.count, pictures, encoders: given)
      _ = try exchange.gather([])  // until every feature is there
      guard exchange.rank == 0 else { return }
    }
    let outcome = try builder.build(pictures, encoders: given)
    folder.report(outcome.counts)
    for space in outcome.reused { printText("\(space.rawValue): unchanged, kept from \(output)") }
    if outcome.reused.count < given.count { printText("Wrote \(output).") }
  }
}

/// `pbe-eval fit-gmm`: the quality score's mixture.
struct FitMixtureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit-gmm",
    abstract: "Fit the quality score's Gaussian mixture to a folder of real pictures.",
    discussion: """
      The mixture has full covariances and is fitted by expectation maximisation from k-means++ \
      seeds, with scikit-learn's defaults. The pictures are cropped as for 'pbe-eval statistics'; \
      with --cache both share features. The paper does not say how its mixture was fitted; quality \
      scores of different mixtures don't compare.

      Example:
        pbe-eval fit-gmm --images coco/test2017 --clip ViT-B-32 \\
          --output gmm.safetensors
      """)

  @OptionGroup var folder: PictureFolderOptions

  @Option(
    help: ArgumentHelp(
      "CLIP ViT-B/32: a transformers folder, or an OpenAI or open_clip state dict.",
      valueName: "dir"))
  var clip: String

  @Option(help: ArgumentHelp("The file to write.", valueName: "file.safetensors"))
  var output: String

  @Option(help: ArgumentHelp("Number of Gaussians in the mixture.", valueName: "n"))
  var components = 20

  @Option(help: "Seed of the initial means.")
  var seed: UInt64 = 0

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard (1...10_000).contains(components) else {
      throw ValidationError("--components must be 1 to 10000, not \(components).")
    }
  }

  func run() throws {
    threadCount = threads.count
    try AtomicFile.checkWritable(output)
    let encoder = try CLIPEncoder(at: clip)
    let pictures = try folder.pictures()
    guard let cache = folder.cacheFolder else {
      let parts = output + ".parts"
      try Folder.make(parts)
      try FolderLock.keep(parts, TerminalProgress.terminal) {
        try fit(pictures, encoder, cache: URL(filePath: parts))
        FileSystem.remove(parts)
      }
      return
    }
    try fit(pictures, encoder, cache: cache)
  }

  private func fit(_ pictures: PictureFolder, _ encoder: CLIPEncoder, cache: URL) throws {
    var values: [Double] = []
    let counts = try pictures.forEachPiece(encoders: [.clip: encoder], cache: cache) { piece in
      if let features = piece.features[.clip] { values += features.values.map(Double.init) }
    }
    folder.report(counts)
    let features = Matrix(rows: counts.read, columns: encoder.dimension, values: values)
    var settings = GaussianMixtureFit.Settings()
    settings.seed = seed
    let fit = try GaussianMixtureFit(features, components: components, settings: settings) {
      printText(String(format: "iteration %ld: mean log-likelihood %.4f", $0, $1))
    }
    if !fit.isConverged {
      printText(
        "Not converged after \(fit.iterations) iterations; the last one's mixture is written.")
    }
    try StoredMixture(fit.mixture, encoder: EncoderIdentity(encoder)).write(
      to: output,
      notes: [
        "pictures": pictures.hash, "count": "\(counts.read)", "seed": "\(seed)",
        "iterations": "\(fit.iterations)", "converged": "\(fit.isConverged)",
        "mean_log_likelihood": "\(fit.lowerBound)",
      ])
    printText("Wrote \(output).")
  }
}

struct PictureFolderOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder of real pictures.", valueName: "dir"))
  var images: String

  @Option(
    help: ArgumentHelp(
      "Keep the pictures' features in this folder, for other commands. (default: beside the output, "
        + "removed at the end)", valueName: "dir"))
  var cache: String?

  @Option(
    help: ArgumentHelp(
      "Height and width to which pictures are cropped: the size of the results that they are "
        + "compared with, where those are not of the official size.", valueName: "pixels"))
  var side = PictureFolder.officialSide

  func validate() throws {
    guard (16...4096).contains(side) else {
      throw ValidationError("--side must be 16 to 4096, not \(side).")
    }
  }

  func pictures() throws -> PictureFolder {
    try PictureFolder(at: URL(filePath: images), side: side, progress: RankGroup.progress)
  }

  var cacheFolder: URL? { cache.map { URL(filePath: $0) } }

  /// Says what was read and what wasn't.
  func report(_ counts: PictureCounts) {
    printText("\(counts.read) pictures, of which \(counts.jpeg) are JPEG files.")
    report(counts.warnings, "warnings about pictures that were read")
    report(counts.problems, "pictures could not be read and were left out")
  }

  private func report(_ lines: [String], _ title: String) {
    guard !lines.isEmpty else { return }
    printText("\(lines.count) \(title):")
    for line in lines.prefix(10) { printText("  \(line)") }
    if lines.count > 10 { printText("  and \(lines.count - 10) more") }
  }
}
