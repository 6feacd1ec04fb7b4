import Pictures
import Support

/// The part of a dataset that is used.
public enum DatasetSplit: String, Sendable, CaseIterable, Codable {
  case train, validation, test
}

/// The pictures of a dataset and what is marked on them, in their order; of the pictures no more
/// than their names is held.
///
/// A collection of ``DatasetRecord``s that is stored compactly: OpenImages' 1.7 million pictures
/// with 6 million boxes take about 250 MB.
public struct Dataset: RandomAccessCollection, Sendable {
  /// Where it was read from: a folder or a manifest.
  public private(set) var path: String
  /// What was left out and why.
  public internal(set) var tally = Tally()

  /// Relative paths in the tables start here.
  private var folder: String
  private var isManifest: Bool
  private var images = StringTable()
  private var masks = StringTable()
  /// Where there is but one, without a mask.
  private var references = StringTable()
  /// What few records have, by their number.
  private var exemplars: [Int: [ExemplarFiles]] = [:]
  private var objectMasks: [Int: [String?]] = [:]
  private var sizes: [(width: Int32, height: Int32)] = []
  private var boxes: [Box] = []
  private var units: [BoxUnit] = []
  private var boxEnds: [Int] = []
  private var classes = InternTable()
  private var labels: [UInt32] = []
  private var labelEnds: [Int] = []
  private var captions = CaptionTable()
  /// Where the pictures stand in the tables, some having been left out; nil while none has.
  private var places: [Int]?

  /// Opens a dataset by path: a folder with OpenImages' layout, or a manifest (`.jsonl`, also
  /// `.ndjson` and `.json`), which has no splits.
  ///
  /// - Parameters:
  ///   - path: The folder or the manifest.
  ///   - split: Which part of an OpenImages folder to open.
  ///   - filter: Which boxes of an OpenImages folder to use; a manifest is used as it is.
  ///   - notation: What the boxes of a manifest count where its lines don't say; nil for pixels,
  ///     of which none may look like fractions.
  ///   - progress: Follows the reading of a large file.
  /// - Throws: `DatasetError`, `FileError`.
  public static func open(
    path: String, split: DatasetSplit, filter: BoxFilter = BoxFilter(),
    notation: BoxNotation? = nil, progress: any ProgressReporter = .silent
  ) throws -> Dataset {
    if isManifest(path) {
      return try readManifest(path, notation, progress: progress)
    }
    let source = try OpenImages(folder: path, split: split)
    try source.requireBoxes(in: notation)
    return try Dataset(source, try source.scan(filter, progress: progress))
  }

  /// Whether a path is a manifest's by its name, and not a folder's.
  public static func isManifest(_ path: String) -> Bool {
    let name = path.lowercased()
    return [".jsonl", ".ndjson", ".json"].contains { name.hasSuffix($0) }
  }

  init(path: String, folder: String, isManifest: Bool) {
    self.path = path
    self.folder = folder
    self.isManifest = isManifest
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { places?.count ?? boxEnds.count }

  public subscript(position: Int) -> DatasetRecord {
    let index = places?[position] ?? position
    let image = images[index]
    let size = sizes[index]
    return DatasetRecord(
      image: resolve(image),
      width: size.width > 0 ? Int(size.width) : nil,
      height: size.height > 0 ? Int(size.height) : nil,
      boxes: Array(boxes[start(boxEnds, index)..<boxEnds[index]]),
      labels: labels[start(labelEnds, index)..<labelEnds[index]].map { classes.names[Int($0)] },
      captions: captions[index],
      mask: masks[index].isEmpty ? nil : resolve(masks[index]),
      references: exemplars(of: index),
      objectMasks: (objectMasks[index] ?? []).map { $0.map(resolve) },
      unit: units[index],
      origin: isManifest ? "\(path), line \(index + 1)" : image)
  }

  /// Names the pictures and their order, wherever they lie; 16 hexadecimal digits.
  public var identity: String {
    let digits = String(images.digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The classes of all objects, sorted.
  public var classNames: [String] { (0..<classes.count).map { classes.names[$0] }.sorted() }

  /// Whether any object has a caption.
  public var hasCaptions: Bool { !captions.isEmpty }

  /// Whether any reference, or any object that one is cut from, has a mask.
  public private(set) var hasObjectMasks = false

  private func exemplars(of index: Int) -> [ExemplarFiles] {
    let one = references[index]
    let all = exemplars[index] ?? (one.isEmpty ? [] : [ExemplarFiles(picture: one)])
    return all.map { ExemplarFiles(picture: resolve($0.picture), mask: $0.mask.map(resolve)) }
  }

  /// Adds a record whose paths are relative to the dataset's folder.
  mutating func append(_ record: DatasetRecord) {
    images.append(record.image)
    masks.append(record.mask ?? "")
    let isPlain = record.references.count == 1 && record.references[0].mask == nil
    references.append(isPlain ? record.references[0].picture : "")
    if !isPlain, !record.references.isEmpty { exemplars[boxEnds.count] = record.references }
    if record.objectMasks.contains(where: { $0 != nil }) {
      objectMasks[boxEnds.count] = record.objectMasks
      hasObjectMasks = true
    }
    hasObjectMasks = hasObjectMasks || record.references.contains { $0.mask != nil }
    sizes.append((Int32(clamping: record.width ?? 0), Int32(clamping: record.height ?? 0)))
    boxes.append(contentsOf: record.boxes)
    units.append(record.unit)
    boxEnds.append(boxes.count)
    for label in record.labels { labels.append(UInt32(classes.number(of: label))) }
    labelEnds.append(labels.count)
    captions.append(record.captions)
  }

  /// The same without the pictures of some identifiers, by their files' names.
  package func leavingOut(_ identifiers: Set<String>) -> Dataset {
    let kept = indices.filter { position in
      let name = images[places?[position] ?? position]
      let file = name.split(separator: "/").last ?? ""
      return !identifiers.contains(String(file.prefix { $0 != "." }))
    }
    guard kept.count < count else { return self }
    var result = self
    result.places = kept.map { places?[$0] ?? $0 }
    result.tally.pictures.move(to: .leftOutOfficially, count - kept.count)
    return result
  }

  /// All that it holds, for another process of the same build.
  ///
  /// - Throws: what encoding throws.
  package func encoded() throws -> [UInt8] {
    var (copy, passage) = (self, RawPassage())
    try copy.pass(&passage)
    return passage.bytes
  }

  /// A data set that another process has read.
  ///
  /// - Parameter bytes: what ``encoded()`` gave.
  /// - Throws: where they are not.
  package init(encoded bytes: UnsafeRawBufferPointer) throws {
    self.init(path: "", folder: "", isManifest: false)
    var passage = RawPassage(of: bytes)
    try pass(&passage)
  }

  private mutating func pass(_ passage: inout RawPassage) throws {
    try passage.carry(coded: &path)
    try passage.carry(coded: &folder)
    try passage.carry(coded: &isManifest)
    try passage.carry(coded: &tally)
    try images.pass(&passage)
    try masks.pass(&passage)
    try references.pass(&passage)
    try passage.carry(coded: &exemplars)
    try passage.carry(coded: &objectMasks)
    try passage.carry(coded: &hasObjectMasks)
    try passage.carry(&sizes)
    try passage.carry(&boxes)
    try passage.carry(&units)
    try passage.carry(&boxEnds)
    try classes.pass(&passage)
    try passage.carry(&labels)
    try passage.carry(&labelEnds)
    try captions.pass(&passage)
    try passage.carry(coded: &places)
  }

  private func start(_ ends: [Int], _ index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

  private func resolve(_ path: String) -> String {
    path.hasPrefix("/") || folder.isEmpty ? path : folder + "/" + path
  }
}
