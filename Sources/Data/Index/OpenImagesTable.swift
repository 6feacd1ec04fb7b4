import Pictures
import Support

extension OpenImages {
  /// The columns that are read, in this order; the others don't matter.
  private static let columns = ["ImageID", "LabelName", "XMin", "YMin", "XMax", "YMax"]

  /// Reads the published table of boxes in one pass: 14.6 million rows for the training split.
  func scanTable(
    _ path: String, _ filter: BoxFilter, progress reporter: any ProgressReporter
  ) throws -> OpenImagesBoxes {
    let names = try ClassNames(folder: folder)
    var wanted = try filter.classes.map { WantedClasses(try names.identifiers(of: $0)) }
    var scan = OpenImagesBoxes(unit: .storedFractions)
    scan.displayNames = names.displayNames
    let table = try CSVReader(path: path, columns: Self.columns)
    let progress = reporter.begin("boxes", total: table.size, unit: "B")
    var reported = 0
    while let fields = try table.next() {
      let picture = scan.picture(fields[0])
      let label = scan.label(fields[1])
      let corners = try Corners(fields, table)
      if let reason = corners.defect {
        scan.tally.boxes.drop(reason)
      } else if wanted?.contains(label, in: scan.classes) == false {
        scan.tally.boxes.drop(.otherClass)
      } else if let reason = filter.reason(forArea: corners.area) {
        scan.tally.boxes.drop(reason)
      } else {
        scan.append(corners.box, picture: picture, label: label)
        if corners.isClipped { scan.tally.clippedBoxes += 1 }
      }
      if table.bytesConsumed - reported > 1 << 20 {
        try progress.advance(by: table.bytesConsumed - reported)
        reported = table.bytesConsumed
      }
    }
    try progress.advance(by: table.bytesConsumed - reported)
    progress.finish()
    scan.sort()
    return scan
  }
}

/// A box in fractions of the sides, cut at the picture's border.
private struct Corners {
  private(set) var defect: DropReason?
  private(set) var isClipped = false
  private var x0, y0, x1, y1: Double

  /// A box outside the picture is a slip of one row; numbers beyond this are pixels.
  private static let farOutside = 2.0

  /// - Parameter fields: identifier, class, x0, y0, x1, y1.
  init(_ fields: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>, _ table: CSVReader) throws {
    func number(_ field: Int, _ name: String) throws -> Double {
      guard let value = decimalNumber(fields[field]) else {
        throw table.malformed("\(name) is '\(fields[field].text.prefix(40))', expected a number")
      }
      return value
    }
    (x0, y0) = (try number(2, "XMin"), try number(3, "YMin"))
    (x1, y1) = (try number(4, "XMax"), try number(5, "YMax"))
    guard x0.isFinite, y0.isFinite, x1.isFinite, y1.isFinite else {
      defect = .notANumber
      return
    }
    guard x1 > x0, y1 > y0 else {
      defect = .inverted
      return
    }
    guard max(abs(x0), abs(y0), x1, y1) <= Self.farOutside else {
      throw table.malformed(
        "the box \(x0.shortest), \(y0.shortest), \(x1.shortest), \(y1.shortest) (XMin, YMin, "
          + "XMax, YMax) lies far outside the picture: this table holds fractions of its sides, "
          + "0 to 1; divide pixels by them, or list the boxes in a manifest (.jsonl)")
    }
    guard x1 > 0, y1 > 0, x0 < 1, y0 < 1 else {
      defect = .outside
      return
    }
    isClipped = x0 < 0 || y0 < 0 || x1 > 1 || y1 > 1
    (x0, y0, x1, y1) = (max(x0, 0), max(y0, 0), min(x1, 1), min(y1, 1))
  }

  var area: Double { (x1 - x0) * (y1 - y0) }
  var box: Box { Box(Float(x0), Float(y0), Float(x1), Float(y1)) }
}

/// Which classes are asked for, by their numbers in a scan.
private struct WantedClasses {
  private let identifiers: Set<String>
  /// Classes are numbered as they come: what is known so far.
  private var known: [Bool] = []

  init(_ identifiers: Set<String>) { self.identifiers = identifiers }

  mutating func contains(_ label: Int, in classes: InternTable) -> Bool {
    while known.count <= label { known.append(identifiers.contains(classes.names[known.count])) }
    return known[label]
  }
}
