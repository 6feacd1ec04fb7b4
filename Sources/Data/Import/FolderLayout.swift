import Pictures
import Support

/// Pictures in a folder, each of which may have a mask of its object: `NAME_mask.png` beside `NAME.jpg`, or
/// `masks/NAME.png` for `images/NAME.jpg`.
///
/// Where some pictures have a mask, those without say nothing of where their object is: they are left out,
/// but serve as references where all show the same object. Where none has one, the object is taken to fill
/// the middle of its picture.
enum FolderLayout: ImportReader {
  /// References that a picture has of an object that all of them show: those that come after it.
  private static let references = 4

  static func read(_ source: ImportSource, into sink: inout ImportSink) throws {
    let pairs = try pictures(source.folder)
    guard !pairs.isEmpty else {
      throw DatasetError.empty(
        path: source.folder,
        reason: "neither it nor images/ in it holds JPEG, PNG, WebP or TIFF files")
    }
    let hasMasks = pairs.contains { $0.mask != nil }
    for (place, files) in pairs.enumerated() {
      var picture = ImportedPicture(files.picture)
      if source.showsOneObject { picture.references = others(of: place, pairs) }
      if let mask = files.mask {
        picture.objects = [ImportedObject(outline: .file(mask), name: files.picture)]
        try sink.add(picture)
      } else if hasMasks {
        sink.skip(
          .noMask, files.picture,
          source.showsOneObject ? "has no mask: it serves as a reference only" : "has no mask")
      } else {
        try sink.addUnmarked(picture)
      }
    }
  }

  /// Those after it, counting round.
  private static func others(of place: Int, _ pairs: [ExemplarFiles]) -> [ExemplarFiles] {
    (1..<max(min(references + 1, pairs.count), 1)).map { pairs[(place + $0) % pairs.count] }
  }

  private static func pictures(_ folder: String) throws -> [ExemplarFiles] {
    let inner = "\(folder)/images"
    let place = FileSystem.isFolder(inner) ? inner : folder
    let names = try FileSystem.names(in: place).filter(ImageFormat.isPicture(named:)).sorted()
    let masks = try maskFiles(folder, beside: place, names)
    let found = Set(masks.values)
    return names.map { "\(place)/\($0)" }.filter { !found.contains($0) }
      .map { ExemplarFiles(picture: $0, mask: masks[$0.lastName.stem]) }
  }

  /// By the stem of their picture's name.
  private static func maskFiles(
    _ folder: String, beside place: String, _ names: [String]
  ) throws -> [String: String] {
    let stems = Set(names.map(\.stem))
    var masks: [String: String] = [:]
    for name in names {
      if let stem = name.stem.withoutMaskEnding, stems.contains(stem) {
        masks[stem] = "\(place)/\(name)"
      }
    }
    let other = "\(folder)/masks"
    guard FileSystem.isFolder(other) else { return masks }
    for name in try FileSystem.names(in: other).filter(ImageFormat.isPicture(named:)).sorted() {
      let stem = stems.contains(name.stem) ? name.stem : name.stem.withoutMaskEnding ?? name.stem
      masks[stem] = "\(other)/\(name)"
    }
    return masks
  }
}

extension String {
  /// A file's name without its ending.
  var stem: String { lastIndex(of: ".").map { String(self[..<$0]) } ?? self }

  /// `cup` of `cup_mask`; nil for a name that does not end so.
  var withoutMaskEnding: String? {
    for ending in ["_mask", "-mask", ".mask"] where hasSuffix(ending) && count > ending.count {
      return String(dropLast(ending.count))
    }
    return nil
  }
}
