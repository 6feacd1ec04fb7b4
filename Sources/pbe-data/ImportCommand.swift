import ArgumentParser
import Commands
import Datasets
import Foundation
import Support
import Training

/// `pbe-data import`: a manifest of a folder in another program's layout.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "List the pictures and objects of COCO, YOLO, FiftyOne, a folder or pairs.",
    discussion: """
      Writes one line per picture, as training reads it; pictures stay where they are. Outlines of \
      objects become masks in FILE.jsonl.masks, with which references can show the object alone. \
      Prints what it left out and why, and stores it in FILE.jsonl.report.json.

        coco      instances_*.json in DIR, DIR/annotations or beside DIR: boxes, polygons, runs
        yolo      DIR/data.yaml, or DIR/images and DIR/labels: boxes and polygons
        fiftyone  a FiftyOneDataset: DIR/samples.json and DIR/data
        folder    pictures in DIR with NAME_mask.png beside NAME.jpg, or DIR/images and DIR/masks, or \
      no masks at all
        pairs     DIR/image (people), DIR/cloth (garments of the same names, the references), masks \
      in DIR/agnostic-mask, and DIR/cloth-mask

      docs/formats.md has the details of each.

      Examples:
        pbe-data import --from coco coco --split train --output coco-train.jsonl --classes dog,cat
        pbe-data import --from folder my-cup --one-object --output cup.jsonl
      """)

  @Option(help: "Whose layout it is.")
  var from: ImportLayout

  @Argument(help: ArgumentHelp("The folder to import.", valueName: "dir"))
  var folder: String

  @Option(help: ArgumentHelp("The manifest to write.", valueName: "file.jsonl"))
  var output: String

  @Option(help: "The split to list. (default: the only one, or train)")
  var split: DatasetSplit?

  @Option(
    help: ArgumentHelp(
      "COCO: the annotations, where they are not found by themselves.", valueName: "file.json"))
  var annotations: String?

  @Option(
    help: ArgumentHelp(
      "FiftyOne: the field with detections. (default: ground_truth, or the only one)",
      valueName: "name"))
  var field: String?

  @Flag(
    help: """
      Folder: all pictures show the same object, so that the references of each are the next four. \
      (default: each picture's reference is cut out of itself)
      """)
  var oneObject = false

  @Option(help: "Drop boxes that cover a smaller share of the picture. (default: 0.02)")
  var minArea: Double?

  @Option(help: "Drop boxes that cover a larger share of the picture. (default: 0.8)")
  var maxArea: Double?

  @Option(
    help: ArgumentHelp("Use only objects of these classes, separated by commas.", valueName: "a,b"))
  var classes: String?

  @Flag(inversion: .prefixedNo, help: "Draw masks of the objects that have an outline.")
  var masks = true

  func validate() throws {
    guard Dataset.isManifest(output) else {
      throw ValidationError("--output must end in .jsonl, by which manifests are recognised.")
    }
    let annotated: Set<ImportLayout> = [.coco, .yolo, .fiftyone]
    let options: [(String, Bool, Set<ImportLayout>)] = [
      ("--split", split != nil, [.coco, .yolo, .pairs]),
      ("--annotations", annotations != nil, [.coco]), ("--field", field != nil, [.fiftyone]),
      ("--one-object", oneObject, [.folder]), ("--min-area", minArea != nil, annotated),
      ("--max-area", maxArea != nil, annotated), ("--classes", classes != nil, annotated),
      ("--no-masks", !masks, annotated),
    ]
    for (name, isGiven, layouts) in options where isGiven && !layouts.contains(from) {
      throw ValidationError("\(name) means nothing with --from \(from.rawValue).")
    }
    for (name, value) in [("--min-area", minArea), ("--max-area", maxArea)] {
      guard let value, !(0...1).contains(value) else { continue }
      throw ValidationError("\(name) is a share of the picture, 0 to 1, not \(value).")
    }
    guard filter.minimumArea < filter.maximumArea else {
      throw ValidationError(
        "--min-area \(filter.minimumArea) is not below --max-area \(filter.maximumArea).")
    }
    if let names = filter.classes, names.isEmpty {
      throw ValidationError("--classes names no class.")
    }
  }

  func run() throws {
    var importer = DatasetImporter(from, folder: folder, output: output)
    (importer.split, importer.annotations, importer.field) = (split, annotations, field)
    (importer.showsOneObject, importer.writesMasks) = (oneObject, masks)
    importer.filter = filter
    importer.progress = .terminal
    if from == .yolo, let file = description {
      importer.yolo = try YOLODescription(contentsOf: file)
    }
    do {
      printText(try importer.run().table)
      printText("manifest: \(output)\nreport: \(importer.reportPath)")
    } catch let error as DatasetError {
      if case .unknownClass = error { throw UsageError("--classes: \(error)") }
      throw error
    }
  }

  /// YOLO's description of the folder, where there is one.
  private var description: String? {
    ["data.yaml", "data.yml", "dataset.yaml"].map { "\(folder)/\($0)" }.first(
      where: FileSystem.exists)
  }

  private var filter: BoxFilter {
    let usual = BoxFilter()
    let names = classes?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    return BoxFilter(
      minimumArea: minArea ?? usual.minimumArea, maximumArea: maxArea ?? usual.maximumArea,
      classes: names?.filter { !$0.isEmpty })
  }
}

extension ImportLayout: ExpressibleByArgument {}
