import Foundation
import Pictures
import Support

/// What YOLO's `data.yaml` says.
public struct YOLODescription: Sendable, Equatable {
  /// The file, for messages.
  public var file: String?
  /// The folder that the others start from, relative to the file's.
  public var root: String?
  /// Folders of pictures, or lists of them, of each split.
  public var folders: [DatasetSplit: [String]] = [:]
  /// Classes by their numbers.
  public var names: [Int: String] = [:]

  public init() {}
}

/// Ultralytics' layout: `images/…/NAME.jpg` and `labels/…/NAME.txt`, where a line is a class and a box or a
/// polygon in fractions of the sides.
///
/// - Source: docs.ultralytics.com, "Detection datasets" and "Segmentation datasets".
enum YOLOLayout: ImportReader {
  static func read(_ source: ImportSource, into sink: inout ImportSink) throws {
    let names = try classNames(source)
    for image in try pictures(source) {
      var picture = ImportedPicture(image)
      let labels = labelFile(image)
      if FileSystem.exists(labels) {
        picture.objects = try objects(labels, names, into: &sink)
      }
      try sink.add(picture)
    }
  }

  // MARK: Pictures

  private static func pictures(_ source: ImportSource) throws -> [String] {
    let split = source.split ?? .train
    let stated = source.yolo.folders[split] ?? []
    let folder = source.folder
    guard stated.isEmpty else {
      return try stated.flatMap { try pictures(at: place($0, source)) }
    }
    if let file = source.yolo.file, !source.yolo.folders.isEmpty {
      throw DatasetError.unusable(
        record: file, problem: "names no pictures of the split '\(split)'")
    }
    let places =
      split.folderNames.flatMap { ["images/\($0)", "\($0)/images"] }
      + (source.split == nil ? ["images"] : [])
    guard let place = places.map({ "\(folder)/\($0)" }).first(where: FileSystem.isFolder) else {
      throw DatasetError.unknownLayout(folder: folder, expected: ["data.yaml"] + places)
    }
    return try pictures(at: place)
  }

  /// A path of `data.yaml`. Some tools write `../train/images` where they mean `train/images`.
  private static func place(_ path: String, _ source: ImportSource) throws -> String {
    let own = path.hasPrefix("../") ? String(path.dropFirst(3)) : path
    let parts = [source.yolo.root, own].compactMap(\.self).filter { $0 != "." && !$0.isEmpty }
    let inside = parts.joined(separator: "/")
    let candidates = [inside, own].filter(\.staysInside).map { "\(source.folder)/\($0)" }
    guard let found = candidates.first(where: FileSystem.exists) ?? candidates.first else {
      throw DatasetError.unusable(
        record: source.yolo.file ?? source.folder,
        problem: "\"\(path)\" leads out of \(source.folder); import a folder that holds all of it")
    }
    return found
  }

  /// Those in a folder and the folders in it, or those that a list names; sorted.
  private static func pictures(at place: String) throws -> [String] {
    guard place.lowercased().hasSuffix(".txt") else {
      guard FileSystem.isFolder(place) else {
        throw DatasetError.notFound(path: place, expected: "a folder of pictures")
      }
      return try pictures(in: place, depth: 0)
    }
    let lines = try LineReader(path: place)
    var result: [String] = []
    while let line = try lines.next() {
      let name = String(pathBytes: line).trimmingPrefix("./").trimmingCharacters(in: .whitespaces)
      guard !name.isEmpty else { continue }
      guard name.staysInside else {
        throw DatasetError.malformed(
          file: place, line: lines.line, problem: "\"\(name)\" leads out of the folder")
      }
      result.append("\(place.parentFolder)/\(name)")
    }
    return result
  }

  private static let deepest = 8

  private static func pictures(in folder: String, depth: Int) throws -> [String] {
    var result: [String] = []
    for name in try FileSystem.names(in: folder).sorted() where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if ImageFormat.isPicture(named: name) {
        result.append(path)
      } else if depth < deepest, FileSystem.isFolder(path), !FileSystem.isLink(path) {
        result += try pictures(in: path, depth: depth + 1)
      }
    }
    return result
  }

  /// The last folder `images` of a path becomes `labels`.
  private static func labelFile(_ image: String) -> String {
    var parts = image.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if let place = parts.lastIndex(of: "images") { parts[place] = "labels" }
    let path = parts.joined(separator: "/")
    let stem = path.lastIndex(of: ".").map { path[..<$0] } ?? path[...]
    return stem + ".txt"
  }

  // MARK: Labels

  /// From `data.yaml`, or a list in a text file; none where neither names them.
  private static func classNames(_ source: ImportSource) throws -> [Int: String] {
    guard source.yolo.names.isEmpty else { return source.yolo.names }
    let files = ["classes.txt", "labels/classes.txt"].map { "\(source.folder)/\($0)" }
    guard let file = files.first(where: FileSystem.exists) else { return [:] }
    let lines = try LineReader(path: file)
    var names: [Int: String] = [:]
    while let line = try lines.next() {
      names[lines.line - 1] = line.text.trimmingCharacters(in: .whitespaces)
    }
    return names
  }

  private static func objects(
    _ file: String, _ names: [Int: String], into sink: inout ImportSink
  ) throws -> [ImportedObject] {
    let lines = try LineReader(path: file)
    var objects: [ImportedObject] = []
    var known: Set<String> = []
    while let line = try lines.next() {
      let fields = line.split { $0 == 0x20 || $0 == 0x09 }
      if fields.isEmpty { continue }
      let numbers = fields.map { decimalNumber(UnsafeRawBufferPointer(rebasing: $0)) }
      let name = "\(file), line \(lines.line)"
      var object: ImportedObject
      do {
        object = try ImportedObject(yolo: numbers, name: name)
      } catch {
        throw DatasetError.malformed(file: file, line: lines.line, problem: error.description)
      }
      let number = Int(numbers[0] ?? 0)
      object.label = names.isEmpty ? "class \(number)" : names[number]
      if object.label == nil {
        sink.skip(.unknownClass, name, "no class has the number \(number)")
      } else if !known.insert(line.text).inserted {
        sink.skip(.duplicateObject, name)
      } else {
        objects.append(object)
      }
    }
    return objects
  }
}

extension ImportedObject {
  /// - Parameter fields: of a line; nil for what is no number.
  fileprivate init(yolo fields: [Double?], name: String) throws(ManifestProblem) {
    let numbers = fields.compactMap(\.self)
    guard numbers.count == fields.count else {
      throw ManifestProblem("a field is no number; expected a class and a box or a polygon")
    }
    guard numbers.count == 5 || numbers.count >= 7 && !numbers.count.isMultiple(of: 2) else {
      throw ManifestProblem(
        "\(numbers.count) numbers, expected a class and x, y, width and height of a box, or a class and "
          + "x and y of three corners or more")
    }
    guard numbers[0] == numbers[0].rounded(), (0...1e6).contains(numbers[0]) else {
      throw ManifestProblem("the class is \(numbers[0].shortest), expected a whole number from 0")
    }
    let places = numbers.dropFirst()
    guard places.allSatisfy({ abs($0) <= 1.5 }) else {
      throw ManifestProblem(
        "\(places.first { !(abs($0) <= 1.5) }?.shortest ?? "") is no fraction of the picture's sides (0 to "
          + "1); divide pixels by them")
    }
    let rest = Array(places)
    guard rest.count > 4 else {
      let (x, y, width, height) = (rest[0], rest[1], rest[2], rest[3])
      let box = Box(
        Float(x - width / 2), Float(y - height / 2), Float(x + width / 2), Float(y + height / 2))
      self.init(box: box, notation: .fractions, name: name)
      return
    }
    let corners = stride(from: 0, to: rest.count, by: 2).map { SIMD2(rest[$0], rest[$0 + 1]) }
    let (x, y) = (corners.map(\.x), corners.map(\.y))
    let box = Box(
      Float(x.min() ?? 0), Float(y.min() ?? 0), Float(x.max() ?? 0), Float(y.max() ?? 0))
    self.init(box: box, notation: .fractions, outline: .polygons([corners]), name: name)
  }
}
