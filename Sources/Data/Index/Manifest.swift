import Foundation
import Pictures
import Support

/// The JSON lines that describe a dataset of one's own; see docs/formats.md.
enum ManifestKey: String, CaseIterable {
  case image, box, boxes, mask, reference, label, caption, captions
  case boxUnits = "box_units"
  case objectMask = "object_mask"
  case objectMasks = "object_masks"
  case referenceMask = "reference_mask"
  // Written by `pbe-data index`.
  case labels, width, height
}

extension Dataset {
  /// Reads a manifest; constant memory beyond the records.
  ///
  /// - Parameter notation: what boxes count where a line doesn't say.
  /// - Throws: `DatasetError.malformed` with the file, the line and the key.
  static func readManifest(
    _ path: String, _ notation: BoxNotation?, progress reporter: any ProgressReporter
  ) throws -> Dataset {
    let records = try JSONRecords(path: path)
    let folder = path.parentFolder
    var dataset = Dataset(path: path, folder: folder, isManifest: true)
    let progress = reporter.begin("manifest", total: records.size, unit: "B")
    var reported = 0
    var hasEmptyLine = false
    try records.forEach { line in
      if line.text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
        hasEmptyLine = true
        return
      }
      do {
        if hasEmptyLine { throw ManifestProblem("the line before it is empty") }
        let record = try ManifestLine(line.text, notation).record()
        let clipped = try record.clippedToItsSize()
        dataset.append(clipped)
        dataset.tally.clippedBoxes += zip(record.boxes, clipped.boxes).count { $0 != $1 }
      } catch {
        throw DatasetError.malformed(file: path, line: line.line, problem: "\(error)")
      }
      if dataset.count.isMultiple(of: 1000) {
        try progress.advance(by: line.end - reported)
        reported = line.end
      }
    }
    try progress.advance(by: Swift.max(records.size - reported, 0))
    progress.finish()
    dataset.tally.pictures.kept = dataset.count
    guard !dataset.isEmpty else {
      throw DatasetError.empty(path: path, reason: "the file has no lines")
    }
    return dataset
  }
}

/// What is wrong with a line, without the file and the number.
struct ManifestProblem: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// One line: the values under known keys.
struct ManifestLine {
  private var values: [ManifestKey: StrictJSON] = [:]
  private var notation: BoxNotation?

  /// - Parameter notation: what boxes count where the line doesn't say.
  init(_ text: UnsafeRawBufferPointer, _ notation: BoxNotation?) throws {
    let value = try StrictJSON(parsing: text)
    guard case .object(let members) = value else {
      throw ManifestProblem("expected an object, {\"image\": …}, found \(value.summary)")
    }
    for (name, value) in members {
      guard let key = ManifestKey(rawValue: name) else {
        let known = ManifestKey.allCases.map(\.rawValue)
        throw ManifestProblem(
          "unknown key '\(name.prefix(60))'\(didYouMean(name, in: known)); "
            + "known keys are \(known.joined(separator: ", "))")
      }
      if value != .null { values[key] = value }
    }
    self.notation = try BoxNotation(stated: values[.boxUnits]) ?? notation
  }

  func record() throws -> DatasetRecord {
    guard let image = try path(.image) else { throw ManifestProblem("'image' is missing") }
    let width = try side(.width)
    let height = try side(.height)
    guard (width == nil) == (height == nil) else {
      throw ManifestProblem("'width' and 'height' come together or not at all")
    }
    let record = DatasetRecord(
      image: image, width: width, height: height, boxes: try boxes(), labels: try labels(),
      captions: try captions(),
      mask: try path(.mask), references: try references(), objectMasks: try objectMasks(),
      unit: notation == .fractions ? .fractions : .pixels)
    guard !record.boxes.isEmpty || record.mask != nil || !record.objectMasks.isEmpty else {
      throw ManifestProblem(
        "nothing is marked: give 'box' ([x0, y0, x1, y1]), 'boxes' (a list of these), 'mask' or "
          + "'object_mask'")
    }
    try check(objectMasks: record.objectMasks.count, boxes: record.boxes.count)
    guard record.labels.count <= 1 || record.labels.count == record.boxes.count else {
      throw ManifestProblem(
        "\(record.labels.count) labels for \(record.boxes.count) boxes: give one each")
    }
    guard record.captions.count <= 1 || record.captions.count == record.boxes.count else {
      throw ManifestProblem(
        "\(record.captions.count) captions for \(record.boxes.count) boxes: give one each")
    }
    return record
  }

  private func path(_ key: ManifestKey) throws -> String? {
    try values[key].map { try path($0, "'\(key.rawValue)'") }
  }

  private func path(_ value: StrictJSON, _ name: String) throws -> String {
    guard case .string(let path) = value, !path.isEmpty, !path.contains("\0") else {
      throw ManifestProblem("\(name) must be a path, found \(value.summary)")
    }
    return path
  }

  /// The paths of a key that takes one or a list; nil for those that are left open, which masks may be.
  private func paths(_ key: ManifestKey, mayBeOpen: Bool = false) throws -> [String?] {
    guard case .array(let items)? = values[key] else { return try path(key).map { [$0] } ?? [] }
    guard !items.isEmpty else { throw ManifestProblem("'\(key.rawValue)' is an empty list") }
    return try items.enumerated().map { place, item in
      if mayBeOpen, item == .null { return nil }
      return try path(item, "item \(place + 1) of '\(key.rawValue)'")
    }
  }

  private func references() throws -> [ExemplarFiles] {
    let pictures = try paths(.reference).compactMap(\.self)
    guard pictures.count <= ExemplarFiles.most else {
      throw ManifestProblem(
        "'reference' is a list of \(pictures.count), expected at most \(ExemplarFiles.most): all of them "
          + "are read whenever the line's turn comes")
    }
    let masks = try paths(.referenceMask, mayBeOpen: true)
    guard masks.isEmpty || !pictures.isEmpty else {
      throw ManifestProblem(
        "'reference_mask' says where the object is in 'reference', which is missing; for the object in "
          + "'image' itself there is 'object_mask'")
    }
    guard masks.isEmpty || masks.count == pictures.count else {
      throw ManifestProblem(
        "\(masks.count) in 'reference_mask' for \(pictures.count) in 'reference': give one each, or null "
          + "for one without")
    }
    return pictures.enumerated().map {
      ExemplarFiles(picture: $1, mask: masks.isEmpty ? nil : masks[$0])
    }
  }

  private func objectMasks() throws -> [String?] {
    switch (values[.objectMask], values[.objectMasks]) {
    case (_?, nil): return [try path(.objectMask)]
    case (nil, .array?): return try paths(.objectMasks, mayBeOpen: true)
    case (nil, let masks?):
      throw ManifestProblem(
        "'object_masks' must be a list of paths, one a box, found \(masks.summary)")
    case (nil, nil): return []
    default: throw ManifestProblem("give 'object_mask' or 'object_masks', not both")
    }
  }

  private func check(objectMasks masks: Int, boxes: Int) throws {
    guard masks > 0, masks != boxes else { return }
    if values[.objectMask] != nil {
      guard boxes > 1 else { return }
      throw ManifestProblem(
        "'object_mask' is of one object, but there are \(boxes) boxes: give 'object_masks', one a box"
      )
    }
    throw ManifestProblem(
      "\(masks) object masks for \(boxes) boxes: give one each, or null for one without")
  }

  private func side(_ key: ManifestKey) throws -> Int? {
    guard let value = values[key] else { return nil }
    guard case .number(let number) = value, (1...1e6).contains(number), number == number.rounded()
    else {
      throw ManifestProblem("'\(key)' must be a number of pixels, found \(value.summary)")
    }
    return Int(number)
  }

  private func labels() throws -> [String] {
    switch (values[.label], values[.labels]) {
    case (nil, nil): return []
    case (.string(let label)?, nil): return [label]
    case (nil, .array(let items)?):
      return try items.map { item in
        guard case .string(let label) = item else {
          throw ManifestProblem("'labels' must be a list of texts, but holds \(item.summary)")
        }
        return label
      }
    case (let label?, nil): throw ManifestProblem("'label' must be a text, found \(label.summary)")
    case (nil, let labels?):
      throw ManifestProblem("'labels' must be a list of texts, found \(labels.summary)")
    default: throw ManifestProblem("give 'label' or 'labels', not both")
    }
  }

  private func captions() throws -> [[String]] {
    switch (values[.caption], values[.captions]) {
    case (nil, nil): return []
    case (let caption?, nil): return [try texts(caption, "'caption'")]
    case (nil, .array(let items)?):
      return try items.enumerated().map { try texts($1, "item \($0 + 1) of 'captions'") }
    case (nil, let captions?):
      throw ManifestProblem("'captions' must be a list, one item a box, found \(captions.summary)")
    default: throw ManifestProblem("give 'caption' or 'captions', not both")
    }
  }

  /// A caption, or several for the same object.
  private func texts(_ value: StrictJSON, _ name: String) throws -> [String] {
    let items = if case .array(let items) = value { items } else { [value] }
    let texts = try items.map { item in
      guard case .string(let text) = item, !text.isEmpty else {
        throw ManifestProblem("\(name) must be a text or a list of texts, found \(item.summary)")
      }
      return text
    }
    guard !texts.isEmpty else { throw ManifestProblem("\(name) is an empty list") }
    return texts
  }

  private func boxes() throws -> [Box] {
    switch (values[.box], values[.boxes]) {
    case (nil, nil): return []
    case (let value?, nil): return [try box(value, "'box'")]
    case (nil, .array(let items)?):
      guard !items.isEmpty else { throw ManifestProblem("'boxes' is an empty list") }
      return try items.enumerated().map { try box($1, "box \($0 + 1) of 'boxes'") }
    case (nil, let value?):
      throw ManifestProblem("'boxes' must be a list of [x0, y0, x1, y1], found \(value.summary)")
    default: throw ManifestProblem("give 'box' or 'boxes', not both")
    }
  }

  private func box(_ value: StrictJSON, _ name: String) throws -> Box {
    let wanted = "must be four numbers, [x0, y0, x1, y1]"
    guard case .array(let items) = value, items.count == 4 else {
      throw ManifestProblem("\(name) \(wanted), found \(value.summary)")
    }
    let sides = try items.map { item in
      guard case .number(let number) = item, abs(number) <= 1e6 else {
        throw ManifestProblem("\(name) \(wanted), but holds \(item.summary)")
      }
      return Float(number)
    }
    let box = Box(sides[0], sides[1], sides[2], sides[3])
    try box.require(notation, name: name, elsewhere: ", or set `box_units` for the whole data set")
    guard box.x1 > box.x0, box.y1 > box.y0 else {
      throw ManifestProblem(
        "\(name) \(box.list) is inverted or empty: x0 < x1 and y0 < y1 are needed "
          + "(corners, not width and height)")
    }
    guard box.x1 > 0, box.y1 > 0 else {
      throw ManifestProblem("\(name) \(box.list) lies outside the picture")
    }
    return box
  }
}

extension DatasetRecord {
  /// Boxes that reach beyond the picture are cut at its border, as far as that is known.
  fileprivate func clippedToItsSize() throws -> DatasetRecord {
    var result = self
    for (i, box) in boxes.enumerated() {
      guard unit == .pixels else {
        result.boxes[i] = box.clipped(width: 1, height: 1)
        continue
      }
      result.boxes[i] = box.clipped(width: width ?? 1 << 24, height: height ?? 1 << 24)
      if let width, let height, !(result.boxes[i].area > 0) {
        throw ManifestProblem(
          "box \(box.list) lies outside the picture of \(width)×\(height) pixels")
      }
    }
    return result
  }
}
