import Datasets
import Foundation
import Support
import Tensors

/// Procedural scenes as a dataset in OpenImages' layout, with a bench in COCOEE's layout.
public enum SceneDataset {
  public enum Outcome: Sendable {
    case written
    /// The folder was complete already, with the same settings.
    case alreadyComplete
  }

  /// Writes the dataset, or what is missing of it.
  ///
  /// - Parameters:
  ///   - settings: what is drawn.
  ///   - directory: where to; it is made if need be.
  ///   - masks: whether each object of the training and validation pictures gets a mask. A folder without
  ///     any gets them when they are asked for later.
  ///   - reporter: told of each picture.
  /// - Throws: `SceneError`, `FileError`, `ImageError`.
  @discardableResult
  public static func write(
    _ settings: SceneSettings, to directory: String, masks: Bool = false,
    progress reporter: any ProgressReporter = .silent
  ) throws -> Outcome {
    let folder = SceneFolder(path: directory)
    try folder.makeFolder("")
    return try FolderLock.keep(directory, reporter) {
      try write(settings, to: folder, masks: masks, reporter)
    }
  }

  private static func write(
    _ settings: SceneSettings, to folder: SceneFolder, masks: Bool,
    _ reporter: any ProgressReporter
  ) throws -> Outcome {
    let isComplete = try folder.claim(for: settings) == .complete
    // Captions and masks came later than the rest: a folder of an older version gets them now.
    let hasMasks = folder.hasMasks(settings)
    if isComplete, folder.hasCaptions(settings), hasMasks || !masks { return .alreadyComplete }
    let total = settings.images + settings.validationImages + settings.bench
    let progress = reporter.begin("scenes", total: total, unit: "picture")
    if settings.images > 0 {
      for split in SceneSplit.allCases {
        try writePictures(of: split, settings, folder, masks: masks || hasMasks, progress)
      }
      try folder.write(SceneAnnotation.classDescriptions(settings), to: SceneAnnotation.classFile)
    }
    if settings.bench > 0 {
      try SceneBench(settings).write(to: folder, progress)
    }
    if !isComplete { try folder.finish() }
    progress.finish()
    return .written
  }

  private static func writePictures(
    of split: SceneSplit, _ settings: SceneSettings, _ folder: SceneFolder, masks: Bool,
    _ progress: any ProgressTask
  ) throws {
    if masks { try folder.makeFolder(split.maskFolder) }
    for name in split.imageFolders { try folder.makeFolder("images/" + name) }
    try folder.makeFolder("annotations")
    let annotations = try parallelMap(split.count(settings)) { index in
      let annotation = try writePicture(index, of: split, settings, folder, masks: masks)
      try progress.advance()
      return annotation
    }
    let sorted = annotations.sorted { $0.imageID < $1.imageID }
    let lines = [split.annotationHeader] + sorted.flatMap { $0.rows(for: split) }
    try folder.write(lines.joined(separator: "\n") + "\n", to: split.annotationFile)
    try writeManifest(sorted, of: split, folder, masks: masks)
  }

  private static func writeManifest(
    _ annotations: [SceneAnnotation], of split: SceneSplit, _ folder: SceneFolder, masks: Bool
  ) throws {
    let path = folder.file(split.manifest)
    try AtomicFile.write(to: path) { file in
      var writer = ManifestWriter(path: path)
      for annotation in annotations {
        let image = folder.file(split.imageFile(annotation.imageID))
        let masks = masks ? annotation.maskFiles(of: split).map(folder.file) : []
        guard let record = annotation.record(image: image, masks: masks) else { continue }
        try writer.append(record, to: file)
      }
      try writer.flush(to: file)
    }
  }

  /// Of a picture that is there only the boxes and outlines are found again.
  private static func writePicture(
    _ index: Int, of split: SceneSplit, _ settings: SceneSettings, _ folder: SceneFolder,
    masks: Bool
  ) throws -> SceneAnnotation {
    let scene = settings.scene(split.stream(seed: settings.seed, index: index))
    let id = split.imageID(seed: settings.seed, index: index)
    let file = split.imageFile(id)
    let objects: [VisibleObject]
    let owners: [Int8]
    if folder.holdsPicture(file) {
      (objects, owners) = scene.outlines(size: settings.size)
    } else {
      let rendered = scene.render(size: settings.size)
      try folder.write(picture: rendered.image.jpegData(quality: 95), to: file)
      (objects, owners) = (rendered.objects, rendered.owners)
    }
    let annotation = SceneAnnotation(id, settings.size, objects, of: scene)
    guard masks else { return annotation }
    for (mask, file) in zip(annotation.masks(owners), annotation.maskFiles(of: split)) {
      try folder.write(picture: mask.pngData(), to: file)
    }
    return annotation
  }
}

/// The parts of the dataset, each with random streams of its own.
package enum SceneSplit: String, CaseIterable, Sendable {
  case train, validation

  package func count(_ settings: SceneSettings) -> Int {
    self == .train ? settings.images : settings.validationImages
  }

  package func stream(seed: UInt64, index: Int) -> RandomStream {
    RandomStream(seed: seed, purpose: "scenes \(rawValue)", index: UInt64(index))
  }

  /// Sixteen hexadecimal digits, as OpenImages names its pictures.
  package func imageID(seed: UInt64, index: Int) -> String {
    var random = RandomStream(
      seed: seed, purpose: "scenes \(rawValue) name", index: UInt64(index))
    let digits = String(random.next(), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  var imageFolders: [String] {
    self == .train ? (0..<16).map { "train_" + String($0, radix: 16) } : [rawValue]
  }

  /// Training pictures lie in one of sixteen folders, by the first digit of their name.
  private func imageFolder(_ imageID: String) -> String {
    self == .train ? "train_" + imageID.prefix(1) : rawValue
  }

  func imageFile(_ imageID: String) -> String { "images/\(imageFolder(imageID))/\(imageID).jpg" }

  var maskFolder: String { "masks/\(rawValue)" }

  /// The same boxes as in OpenImages' tables, with captions.
  var manifest: String { "\(rawValue).jsonl" }
}
