import Foundation
import Support
import Tensors

/// Makes a manifest of an OpenImages folder: boxes that pass the filter, of pictures that are there,
/// in pixels. Pictures are not decoded.
public struct DatasetIndexer: Sendable {
  public var dataset: String
  public var split: DatasetSplit
  /// The manifest; the report and the list of missing pictures are written beside it.
  public var output: String
  public var filter = BoxFilter()
  /// At most so many pictures, chosen by `seed` and identifier: the same ones whatever else is in
  /// the folder, unless their turn comes before.
  public var maximumImages: Int?
  public var seed: UInt64 = 0
  public var progress: any ProgressReporter = .silent
  /// Processes that look at the pictures together: the first writes, the others ``assist()``.
  public var exchange: (any RankExchange)?
  /// Takes every picture to be there and of this size, without looking: what a table alone costs.
  package var assumedSize: (width: Int, height: Int)?

  public init(dataset: String, split: DatasetSplit, output: String) {
    self.dataset = dataset
    self.split = split
    self.output = output
  }

  public var reportPath: String { output + ".report.json" }
  public var missingPath: String { output + ".missing.txt" }

  /// - Throws: `DatasetError`, `FileError`. The manifest is then not written; the list of missing
  ///   pictures is, if that is why.
  public func run() throws -> IndexReport {
    let source = try OpenImages(folder: dataset, split: split)
    var result: IndexReport?
    // The file is opened first: better to fail now than after the scan.
    try AtomicFile.write(to: output) { file in
      let scan = try source.scan(filter, progress: progress)
      let selection = try select(source, scan)
      let missing = selection.missing.prefix(maximumImages ?? .max)
      let list = missing.map { "\(split)/\(scan.identifiers.names[$0])\n" }.joined()
      try AtomicFile.write(Data(list.utf8), to: missingPath)
      guard !selection.pictures.isEmpty else { throw nothingLeft(selection) }
      let classes = try write(selection, to: file)
      let found = report(source, selection, classes, missingListed: missing.count)
      // Before the manifest gets its name: that never stands without its report.
      try AtomicFile.write(try found.json(), to: reportPath)
      result = found
    }
    guard let result else { preconditionFailure("written without a report") }
    return result
  }

  /// Looks at this rank's share of the pictures, for the first one's ``run()``.
  ///
  /// - Throws: `DatasetError`, `FileError`.
  public func assist() throws {
    let source = try OpenImages(folder: dataset, split: split)
    _ = try select(source, try source.scan(filter, progress: progress))
  }

  /// Goes through the pictures that have a box, in the order of the choice, until there are enough.
  private func select(_ source: OpenImages, _ scan: OpenImagesBoxes) throws -> IndexSelection {
    var selection = try IndexSelection(
      source, scan, filter, assumedSize: assumedSize, exchange: exchange)
    let candidates = candidates(scan)
    selection.leaveOutEmpty(scan.identifiers.count - candidates.count)
    let wanted = maximumImages ?? candidates.count
    let progress = progress.begin("pictures", total: candidates.count, unit: "picture")
    let atOnce = 4096 * (exchange?.count ?? 1)
    var next = 0
    while next < candidates.count, selection.pictures.count < wanted {
      let count = min(wanted - selection.pictures.count, candidates.count - next, atOnce)
      try selection.take(candidates[next..<next + count])
      next += count
      try progress.advance(by: count)
    }
    progress.finish()
    selection.leaveOut(candidates[next...])
    return selection
  }

  /// Numbers of the pictures that have a box: in the annotations' order, or by lot.
  private func candidates(_ scan: OpenImagesBoxes) -> [Int] {
    let candidates = (0..<scan.identifiers.count).filter { !scan.boxes(of: $0).isEmpty }
    guard maximumImages != nil else { return candidates }
    let lots = candidates.map { number in
      let name = Array(scan.identifiers.names[number].utf8)
      var random = RandomStream(
        seed: seed, purpose: "index", index: name.withUnsafeBytes { stableHash($0) })
      return (lot: random.next(), number: number)
    }
    return lots.sorted { ($0.lot, $0.number) < ($1.lot, $1.number) }.map(\.number)
  }

  /// Writes the manifest; returns how many boxes there are of each class.
  private func write(
    _ selection: IndexSelection, to file: borrowing FileAppender
  ) throws -> [String: Int] {
    var writer = ManifestWriter(path: output)
    var classes: [String: Int] = [:]
    for picture in selection.pictures.sorted(by: { $0.number < $1.number }) {
      let record = selection.record(picture)
      for label in record.labels { classes[label, default: 0] += 1 }
      try writer.append(record, to: file)
    }
    try writer.flush(to: file)
    return classes
  }

  private func report(
    _ source: OpenImages, _ selection: IndexSelection, _ classes: [String: Int], missingListed: Int
  ) -> IndexReport {
    let annotations =
      switch source.annotations {
      case .table(let path): path
      case .texts: "\(source.folder)/bbox"
      }
    return IndexReport(
      dataset: source.folder, split: split, annotations: annotations,
      settings: .init(
        minArea: filter.minimumArea, maxArea: filter.maximumArea, classes: filter.classes,
        maxImages: maximumImages, seed: seed),
      pictures: .init(selection.tally.pictures), boxes: .init(selection.tally.boxes),
      clippedBoxes: selection.tally.clippedBoxes, rotatedPictures: selection.rotated,
      boxesByClass: classes, missingList: missingPath,
      missingListed: missingListed, unreadable: selection.unreadable)
  }

  private func nothingLeft(_ selection: IndexSelection) -> DatasetError {
    let reasons = DropReason.allCases.compactMap { reason in
      selection.tally.boxes.dropped[reason].map { "\($0) boxes dropped (\(reason))" }
    }
    let hint =
      selection.missing.isEmpty ? "" : "; the missing pictures are listed in \(missingPath)"
    return .empty(path: dataset, reason: reasons.joined(separator: ", ") + hint)
  }
}
