import Foundation
import Support

/// Makes a manifest of a folder in another program's layout. Pictures stay where they are and are not
/// decoded; outlines of objects become masks beside the manifest.
public struct DatasetImporter: Sendable {
  public var layout: ImportLayout
  public var folder: String
  /// The manifest; report and masks are written beside it.
  public var output: String
  /// Nil for the only one, or the one to train on.
  public var split: DatasetSplit?
  /// COCO's annotations, where they are not found by themselves.
  public var annotations: String?
  /// The field with FiftyOne's detections, where there are several.
  public var field: String?
  /// What YOLO's `data.yaml` says, if there is one.
  public var yolo = YOLODescription()
  /// Whether all pictures of a folder show the same object: each then gets others as its references.
  public var showsOneObject = false
  /// Which objects are kept; those of pairs and of folders without masks are not asked.
  public var filter = BoxFilter()
  public var writesMasks = true
  public var progress: any ProgressReporter = .silent

  public init(_ layout: ImportLayout, folder: String, output: String) {
    (self.layout, self.folder, self.output) = (layout, folder, output)
  }

  public var reportPath: String { output + ".report.json" }
  public var masksPath: String { output + ".masks" }

  /// - Throws: `DatasetError`, `FileError`. The manifest is then not written.
  public func run() throws -> ImportReport {
    guard FileSystem.isFolder(folder) else {
      throw DatasetError.notFound(
        path: folder, expected: "a folder in the layout of \(layout.rawValue)")
    }
    var report: ImportReport?
    // The file is opened first: better to fail now than after the import.
    try AtomicFile.write(to: output) { file in
      let found = try writingMasks()
      var writer = ManifestWriter(path: output)
      for record in found.records { try writer.append(record, to: file) }
      try writer.flush(to: file)
      // Before the manifest gets its name: that never stands without its report.
      try AtomicFile.write(try found.report.json(), to: reportPath)
      report = found.report
    }
    guard let report else { preconditionFailure("written without a report") }
    return report
  }

  private var drawsMasks: Bool { writesMasks && layout.isAnnotated }

  /// Masks appear all together or not at all, before the manifest that names them.
  private func writingMasks() throws -> ImportSink {
    guard drawsMasks else { return try read(masks: nil) }
    var found: ImportSink?
    let final = "\(canonicalFolder(of: output))/\(masksPath.lastName)"
    guard try FileSystem.namesIfAny(in: masksPath).isEmpty else {
      return try read(masks: MaskFolder(knownAt: final))
    }
    try AtomicFolder.make(masksPath) {
      found = try read(masks: MaskFolder(final, writtenTo: $0))
    }
    guard let found else { preconditionFailure("made without a result") }
    if found.report.masks.kept == 0 { FileSystem.remove(masksPath) }
    return found
  }

  private func read(masks: MaskFolder?) throws -> ImportSink {
    let task = progress.begin("pictures", total: nil, unit: "picture")
    var sink = ImportSink(
      ImportReport(layout, folder), layout.isAnnotated ? filter : .everything, masks: masks,
      progress: task)
    let source = ImportSource(
      folder: folder, split: split, annotations: annotations, field: field, yolo: yolo,
      showsOneObject: showsOneObject)
    try layout.reader.read(source, into: &sink)
    try sink.finishMasks()
    task.finish()
    try sink.checkClasses(folder)
    guard sink.report.pictures.kept > 0 else {
      let reasons = sink.report.table.split(separator: "\n").filter { $0.contains("left out") }
      throw DatasetError.empty(
        path: folder,
        reason: reasons.isEmpty ? "it holds none" : "\n" + reasons.joined(separator: "\n"))
    }
    return sink
  }
}

extension BoxFilter {
  /// For what was marked for the purpose.
  fileprivate static var everything: BoxFilter { BoxFilter(minimumArea: 0, maximumArea: 1) }
}

extension ImportLayout {
  /// Whether it has outlines of objects that become masks, and boxes of all sizes and classes.
  fileprivate var isAnnotated: Bool { self == .coco || self == .yolo || self == .fiftyone }
}

extension ImportReport {
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }
}
