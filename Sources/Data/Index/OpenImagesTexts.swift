import Pictures
import Support

extension OpenImages {
  /// Reads the official code's text files: `x0 y0 x1 y1` a line, one file a picture.
  ///
  /// They were filtered by area when they were made and have no classes; what remains of the filter
  /// needs the pictures' sizes, see ``DatasetIndexer``.
  func scanTexts(
    _ folders: [String], _ filter: BoxFilter, progress reporter: any ProgressReporter
  ) throws -> OpenImagesBoxes {
    if let name = filter.classes?.first {
      throw DatasetError.noClassNames(
        name: name, expected: ["\(folder)/annotations (the files in bbox/ have no classes)"])
    }
    var scan = OpenImagesBoxes(unit: .scaledStoredFractions)
    let progress = reporter.begin("boxes", total: nil, unit: "file")
    for folder in folders {
      var names: [String] = []
      try FileSystem.forEachName(in: folder) { file in
        if let stem = file.stem(withSuffix: ".txt") { names.append(stem.text) }
      }
      for name in names.sorted() {
        try scan.read("\(folder)/\(name).txt", picture: name)
        try progress.advance()
      }
    }
    progress.finish()
    scan.sort()
    return scan
  }
}

extension OpenImagesBoxes {
  fileprivate mutating func read(_ path: String, picture name: String) throws {
    let picture = Array(name.utf8).withUnsafeBytes { self.picture($0) }
    let lines = try LineReader(path: path)
    while let line = try lines.next() {
      let fields = line.split { $0 == 0x20 || $0 == 0x09 }
      if fields.isEmpty { continue }
      let numbers = fields.compactMap { decimalNumber(UnsafeRawBufferPointer(rebasing: $0)) }
      guard fields.count == 4, numbers.count == 4 else {
        throw DatasetError.malformed(
          file: path, line: lines.line,
          problem: "'\(line.text.prefix(60))', expected four numbers: x0 y0 x1 y1 in pixels")
      }
      let sides = numbers.map { Float($0) }
      guard !Box(sides[0], sides[1], sides[2], sides[3]).contradicts(nil) else {
        throw DatasetError.malformed(
          file: path, line: lines.line,
          problem: "'\(line.text.prefix(60))' are fractions of the sides, expected pixels; "
            + "multiply them by the sides, or list the boxes in a manifest (.jsonl) with "
            + "\"box_units\": \"fractions\"")
      }
      if let reason = defect(sides) {
        tally.boxes.drop(reason)
      } else {
        append(Box(sides[0], sides[1], sides[2], sides[3]), picture: picture, label: nil)
      }
    }
  }

  private func defect(_ sides: [Float]) -> DropReason? {
    if !sides.allSatisfy(\.isFinite) { return .notANumber }
    if !(sides[2] > sides[0] && sides[3] > sides[1]) { return .inverted }
    return sides[2] > 0 && sides[3] > 0 ? nil : .outside
  }
}
