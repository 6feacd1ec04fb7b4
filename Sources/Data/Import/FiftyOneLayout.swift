import Pictures
import Support

/// FiftyOne's own export, a FiftyOneDataset: `samples.json` beside the folder `data/`.
///
/// - Source: docs.voxel51.com, "FiftyOneDataset".
enum FiftyOneLayout: ImportReader {
  /// Values of one sample: many masks are one text each.
  private static let mostValues = 500_000

  static func read(_ source: ImportSource, into sink: inout ImportSink) throws {
    let path = "\(source.folder)/samples.json"
    guard FileSystem.exists(path) else {
      throw DatasetError.unknownLayout(folder: source.folder, expected: ["samples.json"])
    }
    let file = try MappedFile(path)
    var (field, number, hasSamples) = (source.field, 0, false)
    do {
      var scanner = JSONScanner(file.bytes)
      try scanner.members { scanner, key in
        guard key == "samples" else { return try scanner.skip() }
        hasSamples = true
        try scanner.items { scanner in
          let place = "\(path), samples[\(number)]"
          let sample = Sample(try scanner.value(atMost: mostValues), place)
          number += 1
          if field == nil { field = try sample.detectionField() }
          try add(sample, source.folder, field, into: &sink)
        }
      }
    } catch let error as JSONProblem {
      throw DatasetError.unusable(record: "\(path), samples[\(number)]", problem: "\(error)")
    }
    guard hasSamples else {
      throw DatasetError.unusable(record: path, problem: "has no 'samples'")
    }
  }

  private static func add(
    _ sample: Sample, _ folder: String, _ field: String?, into sink: inout ImportSink
  ) throws {
    let name = try sample.text("filepath")
    guard name.staysInside else {
      return sink.skip(.outsideFolder, sample.place, "\"\(name)\" leaves the folder")
    }
    var picture = ImportedPicture("\(folder)/\(name)")
    if let field { picture.objects = try sample.objects(field, folder) }
    try sink.add(picture)
  }

  /// One picture and what is said of it.
  private struct Sample {
    let place: String
    private let values: [(key: String, value: StrictJSON)]

    init(_ value: StrictJSON, _ place: String) {
      self.place = place
      if case .object(let members) = value { values = members } else { values = [] }
    }

    func problem(_ text: String) -> DatasetError { .unusable(record: place, problem: text) }

    func text(_ key: String) throws -> String {
      guard case .string(let text)? = values.first(where: { $0.key == key })?.value else {
        throw problem("'\(key)' must be a text")
      }
      return text
    }

    /// The field that holds detections; nil where the sample has none, as those without an object do.
    func detectionField() throws -> String? {
      let found = values.filter { $0.value["_cls"] == .string("Detections") }.map(\.key)
      if found.contains("ground_truth") { return "ground_truth" }
      guard found.count <= 1 else { throw DatasetError.ambiguous(folder: place, candidates: found) }
      return found.first
    }

    func objects(_ field: String, _ folder: String) throws -> [ImportedObject] {
      guard let value = values.first(where: { $0.key == field })?.value, value != .null else {
        return []
      }
      guard case .array(let detections)? = value["detections"] else {
        throw problem("'\(field)' has no list of 'detections'")
      }
      return try detections.enumerated().map { number, detection in
        let name = "\(place).\(field).detections[\(number)]"
        return ImportedObject(
          box: try box(detection, name), notation: .fractions, label: detection["label"]?.string,
          outline: outline(detection, folder), name: name)
      }
    }

    /// From corner, width and height.
    private func box(_ detection: StrictJSON, _ name: String) throws -> Box {
      guard case .array(let items)? = detection["bounding_box"], items.count == 4 else {
        throw DatasetError.unusable(
          record: name, problem: "'bounding_box' must be [x, y, width, height]")
      }
      let sides = try items.map { item in
        guard case .number(let number) = item, abs(number) <= 1e6 else {
          throw DatasetError.unusable(
            record: name, problem: "'bounding_box' holds \(item.summary), expected fractions")
        }
        return Float(number)
      }
      return Box(sides[0], sides[1], sides[0] + sides[2], sides[1] + sides[3])
    }

    private func outline(_ detection: StrictJSON, _ folder: String) -> Outline? {
      let packed =
        detection["mask"]?.string ?? detection["mask"]?["$binary"]?["base64"]?.string
      guard let packed else { return nil }
      do {
        return .window(try PackedMask(base64: packed).picture)
      } catch {
        return .damaged(error.reason)
      }
    }
  }
}

extension StrictJSON {
  /// A member of an object.
  fileprivate subscript(key: String) -> StrictJSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  fileprivate var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }
}
