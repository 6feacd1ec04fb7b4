import Pictures
import Support

/// What a file of COCO's annotations says. The file, of up to hundreds of megabytes, is walked through where
/// it lies; outlines are read when their picture's turn comes.
struct COCOFile {
  struct Listed {
    var name: String
    var size: PictureSize?
    /// For messages: `images[3]`.
    var place: String
  }

  /// An object on a picture.
  struct Note {
    var picture: Int
    var category: Int
    var box: Box?
    var outline: Range<Int>?
    var number: Int
  }

  private(set) var pictures: [Listed] = []
  private let path: String
  private let file: MappedFile
  private var names: [Int: String] = [:]
  /// By picture.
  private var notes: [Note] = []
  private var ends: [Int] = []

  /// Numbers of an outline: far more than people draw.
  private static let mostNumbers = 200_000
  /// Values of anything else that is read.
  private static let mostValues = 64

  /// - Throws: `FileError`; `DatasetError.unusable` for a file that is none of COCO's.
  init(_ path: String, into sink: inout ImportSink) throws {
    self.path = path
    file = try MappedFile(path)
    var lists: [String: Range<Int>] = [:]
    do {
      var scanner = JSONScanner(file.bytes)
      try scanner.members { scanner, key in lists[key] = try scanner.place() }
      guard scanner.isAtEnd() else { throw problem("more text after the end") }
    } catch let error as JSONProblem {
      throw problem("\(error)")
    }
    let missing = ["images", "annotations", "categories"].filter { lists[$0] == nil }
    guard missing.isEmpty else {
      throw problem(
        "has no \(missing.map { "'\($0)'" }.joined(separator: " and ")); expected COCO's annotations of "
          + "objects, with 'images', 'annotations' and 'categories'")
    }
    try forEach("categories", lists) { fields, place in
      names[try fields.number("id", place)] = try fields.text("name", place)
    }
    let numbers = try listPictures(lists, into: &sink)
    try listNotes(lists, numbers, into: &sink)
  }

  private func problem(_ text: String) -> DatasetError { .unusable(record: path, problem: text) }

  private func at(_ place: String) -> String { "\(path), \(place)" }

  /// Calls `body` with the members of each item of a list.
  private func forEach(
    _ list: String, _ lists: [String: Range<Int>], _ body: (COCOFields, String) throws -> Void
  ) throws {
    guard let range = lists[list] else { return }
    var number = 0
    do {
      var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
      try scanner.items { scanner in
        let place = "\(list)[\(number)]"
        try body(try COCOFields(&scanner, from: range.lowerBound), place)
        number += 1
      }
    } catch let error as JSONProblem {
      throw problem("\(list)[\(number)]: \(error.problem)")
    } catch let error as COCOFields.Problem {
      throw problem(error.text)
    }
  }

  /// - Returns: the place of each picture by its number in the file.
  private mutating func listPictures(
    _ lists: [String: Range<Int>], into sink: inout ImportSink
  ) throws -> [Int: Int] {
    var (numbers, pictures) = ([Int: Int](), [Listed]())
    var repeated: [(String, Int)] = []
    try forEach("images", lists) { fields, place in
      let number = try fields.number("id", place)
      guard numbers[number] == nil else { return repeated.append((place, number)) }
      numbers[number] = pictures.count
      pictures.append(
        Listed(
          name: try fields.text("file_name", place), size: try fields.size(place), place: place))
    }
    for (place, number) in repeated {
      sink.skip(.duplicatePicture, at(place), "the id \(number) comes twice")
    }
    self.pictures = pictures
    return numbers
  }

  private mutating func listNotes(
    _ lists: [String: Range<Int>], _ numbers: [Int: Int], into sink: inout ImportSink
  ) throws {
    var (notes, known): ([Note], Set<Int>) = ([], [])
    var skipped: [(ImportSkip, String, String)] = []
    try forEach("annotations", lists) { fields, place in
      let (id, image) = (try fields.number("id", place), try fields.number("image_id", place))
      let category = try fields.number("category_id", place)
      guard known.insert(id).inserted else {
        return skipped.append((.duplicateObject, place, "the id \(id) comes twice"))
      }
      guard let picture = numbers[image] else {
        return skipped.append((.unknownPicture, place, "no image has the id \(image)"))
      }
      guard names[category] != nil else {
        return skipped.append((.unknownClass, place, "no category has the id \(category)"))
      }
      guard try !fields.isCrowd(place) else { return skipped.append((.crowd, place, "")) }
      notes.append(
        Note(
          picture: picture, category: category, box: try fields.box(place),
          outline: fields.outline, number: notes.count + skipped.count))
    }
    for (reason, place, detail) in skipped { sink.skip(reason, at(place), detail) }
    self.notes = notes.sorted { ($0.picture, $0.number) < ($1.picture, $1.number) }
    var counts = [Int](repeating: 0, count: pictures.count)
    for note in notes { counts[note.picture] += 1 }
    var end = 0
    ends = counts.map { count in
      end += count
      return end
    }
  }

  func notes(of picture: Int) -> ArraySlice<Note> {
    notes[(picture == 0 ? 0 : ends[picture - 1])..<ends[picture]]
  }

  func object(_ note: Note) -> ImportedObject {
    ImportedObject(
      box: note.box, label: names[note.category], outline: note.outline.flatMap(outline),
      name: at("annotations[\(note.number)]"))
  }

  /// Nil where there is none: an empty list.
  private func outline(_ range: Range<Int>) -> Outline? {
    let text = UnsafeRawBufferPointer(rebasing: file.bytes[range])
    do {
      switch try StrictJSON(parsing: text, atMost: Self.mostNumbers) {
      case .array([]), .null: return nil
      case .array(let polygons): return .polygons(try polygons.map(Self.corners))
      case .object(let members): return .runs(try Self.runs(members))
      case let other: throw RunLengths.Damage(reason: "its segmentation is \(other.summary)")
      }
    } catch let damage as RunLengths.Damage {
      return .damaged(damage.reason)
    } catch {
      return .damaged("its segmentation: \(error)")
    }
  }

  private static func corners(_ polygon: StrictJSON) throws -> [SIMD2<Double>] {
    guard case .array(let items) = polygon, items.count >= 6, items.count.isMultiple(of: 2) else {
      throw RunLengths.Damage(
        reason: "a polygon is \(polygon.summary), expected x and y of three corners or more")
    }
    let numbers = try items.map { item in
      guard case .number(let number) = item else {
        throw RunLengths.Damage(reason: "a polygon holds \(item.summary)")
      }
      return number
    }
    return stride(from: 0, to: numbers.count, by: 2).map { SIMD2(numbers[$0], numbers[$0 + 1]) }
  }

  private static func runs(_ members: [(key: String, value: StrictJSON)]) throws -> RunLengths {
    let values = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
    guard case .array(let sides)? = values["size"], sides.count == 2,
      let height = sides[0].wholeNumber, let width = sides[1].wholeNumber
    else { throw RunLengths.Damage(reason: "its runs have no size, [height, width]") }
    switch values["counts"] {
    case .string(let packed)?: return try RunLengths(width: width, height: height, packed: packed)
    case .array(let counts)?:
      return try RunLengths(
        width: width, height: height,
        counts: counts.map { count in
          guard let number = count.wholeNumber else {
            throw RunLengths.Damage(reason: "its runs hold \(count.summary)")
          }
          return number
        })
    default: throw RunLengths.Damage(reason: "its runs have no counts")
    }
  }
}

extension StrictJSON {
  /// A whole number, not so large that arithmetic with it fails.
  var wholeNumber: Int? {
    guard case .number(let number) = self, abs(number) <= 0x1p53, number == number.rounded() else {
      return nil
    }
    return Int(number)
  }
}
