import ArgumentParser
import Commands
import Datasets
import Foundation
import Support

/// `pbe-data index`: a manifest of an OpenImages folder.
struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "List the usable pictures and boxes of an OpenImages folder.",
    discussion: """
      Reads DIR/annotations/*-annotations-bbox.csv (or DIR/bbox/SPLIT/ID.txt) and the headers of \
      the pictures in DIR/images, and writes one line per picture with its boxes in pixels. \
      Prints what it dropped and why, and stores it in FILE.jsonl.report.json. Lists missing \
      pictures in FILE.jsonl.missing.txt, as SPLIT/ID, which OpenImages' downloader reads.

      Examples:
        pbe-data index --dataset open-images --split validation \\
          --output validation.jsonl
        pbe-data index --dataset open-images --split train --output cats.jsonl \\
          --classes Cat,/m/0bt9lr --max-images 20000 --seed 1
      """)

  @Option(help: ArgumentHelp("Folder with OpenImages' layout.", valueName: "dir"))
  var dataset: String

  @Option(help: "The split to list.")
  var split: DatasetSplit

  @Option(help: ArgumentHelp("The manifest to write.", valueName: "file.jsonl"))
  var output: String

  @Option(help: "Drop boxes that cover a smaller share of the picture.")
  var minArea = BoxFilter().minimumArea

  @Option(help: "Drop boxes that cover a larger share of the picture.")
  var maxArea = BoxFilter().maximumArea

  @Option(
    help: ArgumentHelp(
      "Use only these classes: display names or identifiers (/m/…), separated by commas.",
      valueName: "a,b"))
  var classes: String?

  @Option(help: ArgumentHelp("Use at most n pictures, chosen at random.", valueName: "n"))
  var maxImages: Int?

  @Option(help: "Seed of that choice.")
  var seed: UInt64 = 0

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    for (name, value) in [("--min-area", minArea), ("--max-area", maxArea)]
    where !(0...1).contains(value) {
      throw ValidationError("\(name) is a share of the picture, 0 to 1, not \(value).")
    }
    guard minArea < maxArea else {
      throw ValidationError("--min-area \(minArea) is not below --max-area \(maxArea).")
    }
    if let maxImages, maxImages < 1 {
      throw ValidationError("--max-images must be at least 1, not \(maxImages).")
    }
    guard Dataset.isManifest(output) else {
      throw ValidationError("--output must end in .jsonl, by which manifests are recognised.")
    }
    if let classNames, classNames.isEmpty {
      throw ValidationError("--classes names no class.")
    }
    guard !Dataset.isManifest(dataset) else {
      throw ValidationError("--dataset takes a folder; a manifest is trained on as it is.")
    }
  }

  func run() throws {
    threadCount = threads.count
    var indexer = DatasetIndexer(dataset: dataset, split: split, output: output)
    indexer.filter = BoxFilter(
      minimumArea: minArea, maximumArea: maxArea, classes: classNames)
    indexer.maximumImages = maxImages
    indexer.seed = seed
    indexer.progress = RankGroup.progress
    do {
      indexer.exchange = try RankGroup.join()
      guard RankGroup.speaks else { return try indexer.assist() }
      printText(try indexer.run().table { "--\($0)" })
      printText("index: \(output)\nreport: \(indexer.reportPath)")
    } catch let error as DatasetError {
      if case .unknownClass = error { throw UsageError("--classes: \(error)") }
      throw error
    }
  }

  private var classNames: [String]? {
    classes?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }
}

extension DatasetSplit: ExpressibleByArgument {}
