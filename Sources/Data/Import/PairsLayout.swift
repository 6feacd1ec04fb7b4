import Pictures
import Support

/// People and what they wear, as VITON-HD has them: `image/` the people, `cloth/` the garments under the same
/// names, a folder of masks that say where a garment is repainted, and `cloth-mask/` with those of the
/// garments.
///
/// - Source: Choi et al., "VITON-HD", arXiv:2103.16874, its data set.
enum PairsLayout: ImportReader {
  /// Folders of masks, the first of which that is there is taken.
  private static let maskFolders = [
    "agnostic-mask", "agnostic_mask", "agnostic-v3.2-mask", "gt_cloth_warped_mask",
    "gt-cloth-warped-mask", "gt_mask", "gt-mask",
  ]

  static func read(_ source: ImportSource, into sink: inout ImportSink) throws {
    let folder = try place(source)
    guard
      let masks = maskFolders.map({ "\(folder)/\($0)" }).first(where: FileSystem.isFolder)
    else {
      throw DatasetError.unknownLayout(
        folder: folder, expected: maskFolders.map { "\($0)/ (where the garment is repainted)" })
    }
    let garments = try FileIndex("\(folder)/cloth")
    let (regions, outlines) = (try FileIndex(masks), try FileIndex("\(folder)/cloth-mask"))
    let names = try FileSystem.names(in: "\(folder)/image").filter(ImageFormat.isPicture(named:))
    for name in names.sorted() {
      var picture = ImportedPicture("\(folder)/image/\(name)")
      guard let mask = regions.file(name.stem) else {
        sink.skip(.noMask, picture.image, "has no mask in \(masks)")
        continue
      }
      guard let garment = garments.file(name.stem) else {
        sink.skip(.noReference, picture.image, "has no garment in \(folder)/cloth")
        continue
      }
      picture.mask = mask
      picture.references = [ExemplarFiles(picture: garment, mask: outlines.file(name.stem))]
      try sink.add(picture)
    }
  }

  private static func place(_ source: ImportSource) throws -> String {
    let splits = (source.split ?? .train).folderNames.map { "\(source.folder)/\($0)" }
    let places = source.split == nil ? [source.folder] + splits : splits + [source.folder]
    let found = places.first { place in
      ["image", "cloth"].allSatisfy { FileSystem.isFolder("\(place)/\($0)") }
    }
    guard let found else {
      throw DatasetError.unknownLayout(folder: source.folder, expected: ["image/", "cloth/"])
    }
    return found
  }

  /// The pictures of a folder by the stems of their names, an ending such as `_mask` left out.
  private struct FileIndex {
    private var files: [String: String] = [:]

    init(_ folder: String) throws {
      guard FileSystem.isFolder(folder) else { return }
      for name in try FileSystem.names(in: folder).filter(ImageFormat.isPicture(named:)).sorted() {
        files[name.stem.withoutMaskEnding ?? name.stem] = "\(folder)/\(name)"
      }
    }

    func file(_ stem: String) -> String? { files[stem] }
  }
}
