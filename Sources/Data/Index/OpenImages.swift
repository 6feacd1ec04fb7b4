import Foundation
import Pictures
import Support

/// A folder with OpenImages' layout, and where one of its splits lies in it.
struct OpenImages {
  let folder: String
  let split: DatasetSplit
  let annotations: Annotations

  /// Where the boxes are written down.
  enum Annotations {
    /// The published table: one row a box, in fractions of the sides.
    case table(path: String)
    /// The official code's `ID.txt`, one row a box, in pixels; in these folders.
    case texts(folders: [String])
  }

  /// - Throws: `DatasetError` if the folder holds no annotations of this split.
  init(folder: String, split: DatasetSplit) throws {
    self.folder = folder
    self.split = split
    guard FileSystem.isFolder(folder) else {
      guard !FileSystem.exists(folder) else { throw DatasetError.notAManifest(path: folder) }
      throw DatasetError.notFound(
        path: folder, expected: "a folder with OpenImages' layout, or a manifest (.jsonl)")
    }
    let tables = Self.tableNames(split).map { "\(folder)/annotations/\($0)" }
    let texts = Self.folderNames(split).map { "\(folder)/bbox/\($0)" }.filter(FileSystem.isFolder)
    if let table = try firstFile(of: tables) {
      annotations = .table(path: table)
    } else if !texts.isEmpty {
      annotations = .texts(folders: texts)
    } else {
      throw DatasetError.unknownLayout(
        folder: folder,
        expected: tables.map { "\($0.dropFirst(folder.count + 1))" } + [
          "bbox/\(Self.folderNames(split)[0])/ID.txt"
        ])
    }
  }

  /// As published; the older name of the training split's table is understood, too.
  private static func tableNames(_ split: DatasetSplit) -> [String] {
    split == .train
      ? ["oidv6-train-annotations-bbox.csv", "train-annotations-bbox.csv"]
      : ["\(split)-annotations-bbox.csv"]
  }

  /// Folders of a split: training pictures are spread by the first digit of their identifier, or
  /// lie all in one.
  static func folderNames(_ split: DatasetSplit) -> [String] {
    split == .train
      ? "0123456789abcdef".map { "train_\($0)" } + ["train"] : [split.rawValue]
  }

  var pictureFolders: [String] {
    Self.folderNames(split).filter { FileSystem.isFolder("\(folder)/images/\($0)") }
  }

  /// - Throws: `DatasetError.unusable` where another notation is stated than these files have.
  func requireBoxes(in notation: BoxNotation?) throws {
    let (file, own): (String, BoxNotation) =
      switch annotations {
      case .table(let path): (path, .fractions)
      case .texts(let folders): (folders[0], .pixels)
      }
    guard let notation, notation != own else { return }
    throw DatasetError.unusable(
      record: file, problem: "its boxes are \(own) by definition, but \(notation) are stated")
  }

  /// Which boxes there are, without looking at the pictures.
  func scan(_ filter: BoxFilter, progress: any ProgressReporter) throws -> OpenImagesBoxes {
    let scan =
      switch annotations {
      case .table(let path): try scanTable(path, filter, progress: progress)
      case .texts(let folders): try scanTexts(folders, filter, progress: progress)
      }
    guard scan.tally.boxes.total > 0 else {
      throw DatasetError.empty(path: folder, reason: "the annotations of '\(split)' hold no box")
    }
    return scan
  }

  /// For each identifier the position in `pictureFolders` of the folder that has its picture; nil
  /// where none has. Lists the folders instead of looking for each picture, which is much faster
  /// on a disk.
  func findPictures(_ identifiers: InternTable) throws -> [UInt8?] {
    var found = [UInt8?](repeating: nil, count: identifiers.count)
    for (position, name) in pictureFolders.enumerated() {
      try FileSystem.forEachName(in: "\(folder)/images/\(name)") { file in
        guard let stem = file.stem(withSuffix: ".jpg"), let number = identifiers.find(stem) else {
          return
        }
        found[number] = found[number] ?? UInt8(position)
      }
    }
    return found
  }
}

extension Dataset {
  /// The pictures of a scan that are there and have a box.
  init(_ source: OpenImages, _ scan: OpenImagesBoxes) throws {
    let folders = source.pictureFolders
    self.init(
      path: source.folder, folder: "\(source.folder)/images", isManifest: false)
    tally = scan.tally
    for (number, place) in try source.findPictures(scan.identifiers).enumerated() {
      let boxes = scan.boxes(of: number)
      if boxes.isEmpty {
        tally.pictures.drop(.noBoxLeft)
      } else if let place {
        tally.pictures.kept += 1
        append(
          scan.record(number, image: "\(folders[Int(place)])/\(scan.identifiers.names[number]).jpg")
        )
      } else {
        tally.pictures.drop(.missing)
        tally.boxes.move(to: .missing, boxes.count)
      }
    }
    guard !isEmpty else {
      throw DatasetError.empty(
        path: source.folder,
        reason: tally.pictures.dropped[.missing] == nil
          ? "no box of '\(source.split)' passes the filter"
          : "none of the pictures of '\(source.split)' that have a box lies in images/"
            + (folders.isEmpty ? OpenImages.folderNames(source.split)[0] : folders[0]))
    }
  }
}

/// The first of these files that is there; where there is none, the first that is by a name in other
/// upper and lower case, as cameras and Windows' programs have it (`.CSV`).
///
/// - Throws: `FileError` where a folder cannot be read for now.
func firstFile(of paths: [String]) throws -> String? {
  if let exact = paths.first(where: FileSystem.exists) { return exact }
  for path in paths {
    let names = try FileSystem.namesIfAny(in: path.parentFolder)
    let wanted = path.lastName.lowercased()
    if let name = names.sorted().first(where: { $0.lowercased() == wanted }) {
      return "\(path.parentFolder)/\(name)"
    }
  }
  return nil
}

extension UnsafeRawBufferPointer {
  /// The file name without its suffix; nil if it has another.
  func stem(withSuffix suffix: String) -> UnsafeRawBufferPointer? {
    let length = suffix.utf8.count
    guard count > length, self[(count - length)...].elementsEqual(suffix.utf8) else { return nil }
    return UnsafeRawBufferPointer(rebasing: self[..<(count - length)])
  }
}
