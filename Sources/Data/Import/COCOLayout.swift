import Pictures
import Support

/// COCO's layout: a JSON file of images, annotations and categories, and folders of pictures.
///
/// - Source: cocodataset.org, "Data format".
enum COCOLayout: ImportReader {
  static func read(_ source: ImportSource, into sink: inout ImportSink) throws {
    let path = try annotationFile(source)
    let file = try COCOFile(path, into: &sink)
    var search = PictureSearch(folders: pictureFolders(source, annotations: path))
    for (number, listed) in file.pictures.enumerated() {
      guard let image = search.find(listed.name) else {
        sink.skip(
          .outsideFolder, "\(path), \(listed.place)", "\"\(listed.name)\" leaves the folder",
          objects: file.notes(of: number).count)
        continue
      }
      var picture = ImportedPicture(image)
      picture.size = listed.size
      picture.objects = file.notes(of: number).map { file.object($0) }
      try sink.add(picture)
    }
  }

  /// The one file of annotations that is there, of the split that is asked for.
  private static func annotationFile(_ source: ImportSource) throws -> String {
    if let given = source.annotations { return given }
    let folder = source.folder
    let splits = source.split.map { $0.folderNames } ?? []
    let ofSplit = splits.map { "\(folder)/\($0)" }
    let places =
      ofSplit + [folder, "\(folder)/annotations", "\(folder)/..", "\(folder)/../annotations"]
    for place in places where FileSystem.isFolder(place) {
      let names = try FileSystem.names(in: place).filter(isAnnotations).sorted()
      let wanted = names.filter { name in
        splits.isEmpty || ofSplit.contains(place) || splits.contains { name.contains($0) }
      }
      if wanted.count == 1 { return "\(place)/\(wanted[0])" }
      guard wanted.isEmpty else {
        throw DatasetError.ambiguous(folder: place, candidates: wanted)
      }
    }
    throw DatasetError.unknownLayout(
      folder: folder,
      expected: ["annotations/instances_*.json", "instances_*.json", "_annotations.coco.json"])
  }

  private static func isAnnotations(_ name: String) -> Bool {
    name.hasPrefix("instances_") && name.hasSuffix(".json") || name == "_annotations.coco.json"
      || name == "instances.json"
  }

  /// Where pictures may lie: `instances_train2017.json` names those of `train2017/`.
  private static func pictureFolders(_ source: ImportSource, annotations: String) -> [String] {
    let name = annotations.lastName.replacing(".json", with: "").replacing("instances_", with: "")
    let place = annotations.parentFolder.isEmpty ? "." : annotations.parentFolder
    let bases = [source.folder, place, "\(place)/.."]
    let folders = bases.flatMap { base in
      ["/\(name)", "/images/\(name)", "/images", "/data", ""].map { base + $0 }
    }
    var known: Set<String> = []
    return folders.filter { FileSystem.isFolder($0) && known.insert($0).inserted }
  }
}

/// Finds pictures by the names that a layout gives them.
struct PictureSearch {
  private var folders: [String]

  /// - Parameter folders: in the order in which they are looked through.
  init(folders: [String]) { self.folders = folders }

  /// Where a picture is or, if it is nowhere, should be; nil for a name that leads out of the folder.
  mutating func find(_ name: String) -> String? {
    guard name.staysInside, let first = folders.first else { return nil }
    guard let place = folders.firstIndex(where: { FileSystem.exists("\($0)/\(name)") }) else {
      return "\(first)/\(name)"
    }
    // The next ones lie there, too.
    folders.swapAt(0, place)
    return "\(folders[0])/\(name)"
  }
}

extension String {
  /// Whether a path in a layout's files stays inside its folder.
  var staysInside: Bool {
    !isEmpty && !hasPrefix("/") && !contains("\0") && !split(separator: "/").contains("..")
  }
}

extension DatasetSplit {
  /// What other layouts call it.
  var folderNames: [String] {
    switch self {
    case .train: ["train"]
    case .validation: ["validation", "valid", "val"]
    case .test: ["test"]
    }
  }
}
