import Pictures
import Support

/// The pictures that an index takes, and the account of those that it doesn't.
struct IndexSelection {
  struct Picture: Sendable {
    /// Its number in the scan.
    var number: Int
    /// The position of its folder in `folders`.
    var place: UInt8
    var header: ImageHeader
  }

  private(set) var pictures: [Picture] = []
  /// Numbers of missing pictures, in the order in which they were looked for.
  private(set) var missing: [Int] = []
  private(set) var unreadable: [String] = []
  private(set) var rotated = 0
  private(set) var tally: Tally

  private let folder: String
  private let folders: [String]
  private let scan: OpenImagesBoxes
  private let filter: BoxFilter
  private let places: [UInt8?]
  /// Instead of each picture's own header.
  private let assumed: ImageHeader?

  /// Those who look at pictures together.
  private let exchange: (any RankExchange)?

  private enum Outcome: Sendable, Codable {
    case missing
    case unreadable(String)
    case header(ImageHeader)
  }

  init(
    _ source: OpenImages, _ scan: OpenImagesBoxes, _ filter: BoxFilter,
    assumedSize: (width: Int, height: Int)? = nil, exchange: (any RankExchange)? = nil
  ) throws {
    self.exchange = exchange
    folder = source.folder
    assumed = assumedSize.map { size in
      ImageHeader(.jpeg, storedWidth: size.width, storedHeight: size.height, orientation: 1)
    }
    folders = assumed == nil ? source.pictureFolders : [source.split.rawValue]
    places =
      assumed == nil
      ? try source.findPictures(scan.identifiers)
      : Array(repeating: 0, count: scan.identifiers.count)
    self.scan = scan
    self.filter = filter
    tally = scan.tally
  }

  /// Pictures without a box.
  mutating func leaveOutEmpty(_ count: Int) { tally.pictures.drop(.noBoxLeft, count) }

  /// Pictures that were not looked at, as there are enough.
  mutating func leaveOut(_ numbers: some Sequence<Int>) {
    for number in numbers { drop(number, .notSelected) }
  }

  /// Reads the headers of these pictures in parallel, and takes those that are good.
  ///
  /// - Throws: `FileError` when a disk or network does not answer.
  mutating func take(_ numbers: ArraySlice<Int>) throws {
    for (number, outcome) in zip(numbers, try outcomes(Array(numbers))) {
      switch outcome {
      case .missing:
        missing.append(number)
        drop(number, .missing)
      case .unreadable(let reason):
        if unreadable.count < IndexReport.mostUnreadableNamed { unreadable.append(reason) }
        drop(number, .unreadable)
      case .header(let header):
        take(Picture(number: number, place: places[number] ?? 0, header: header))
      }
    }
  }

  private mutating func take(_ picture: Picture) {
    var keepsOne = false
    for box in scan.boxes(of: picture.number) {
      let fit = fit(box, picture.header)
      if let reason = fit.reason { tally.boxes.move(to: reason, 1) } else { keepsOne = true }
      if fit.isClipped { tally.clippedBoxes += 1 }
    }
    guard keepsOne else { return tally.pictures.drop(.noBoxLeft) }
    tally.pictures.kept += 1
    if picture.header.orientation != 1 { rotated += 1 }
    pictures.append(picture)
  }

  private mutating func drop(_ number: Int, _ reason: DropReason) {
    tally.pictures.drop(reason)
    tally.boxes.move(to: reason, scan.boxes(of: number).count)
  }

  /// Of all of them, of which each rank looks at a share.
  private func outcomes(_ numbers: [Int]) throws -> [Outcome] {
    guard let exchange else { return try ownOutcomes(numbers[...]) }
    let bounds = (0...exchange.count).map { numbers.count * $0 / exchange.count }
    let own = try ownOutcomes(numbers[bounds[exchange.rank]..<bounds[exchange.rank + 1]])
    return try exchange.gather(coded: own).enumerated().flatMap { rank, found in
      guard found.count == bounds[rank + 1] - bounds[rank] else {
        throw RankError.garbled(rank: rank)
      }
      return found
    }
  }

  private func ownOutcomes(_ numbers: ArraySlice<Int>) throws -> [Outcome] {
    let piece = 64
    return try parallelMap((numbers.count + piece - 1) / piece) { i in
      let start = numbers.startIndex + i * piece
      return try numbers[start..<min(start + piece, numbers.endIndex)].map(look)
    }.flatMap { $0 }
  }

  /// - Throws: `FileError` for a reason that may pass: to leave the picture out would change the index.
  private func look(_ number: Int) throws -> Outcome {
    if let assumed { return .header(assumed) }
    guard let place = places[number] else { return .missing }
    do {
      return .header(try ImageFile.header(path(number, place)))
    } catch ImageError.unreadable(.missing) {
      return .missing
    } catch {
      if let failure = (error as? ImageError)?.passing { throw failure }
      return .unreadable("\(error)")
    }
  }

  private func path(_ number: Int, _ place: UInt8) -> String {
    "\(folder)/images/\(folders[Int(place)])/\(scan.identifiers.names[number]).jpg"
  }

  /// The picture's record in pixels, without the boxes that turn out not to fit.
  func record(_ picture: Picture) -> DatasetRecord {
    var record = scan.record(picture.number, image: path(picture.number, picture.place))
    let fits = record.boxes.map { fit($0, picture.header) }
    record.labels =
      record.labels.count == fits.count
      ? zip(record.labels, fits).filter { $1.reason == nil }.map { $0.0 } : []
    record.boxes = fits.filter { $0.reason == nil }.map(\.inside)
    (record.width, record.height) = (picture.header.width, picture.header.height)
    record.unit = .pixels
    return record
  }

  /// A box of the scan in the picture's pixels, and why it is dropped if it is.
  private func fit(
    _ box: Box, _ header: ImageHeader
  ) -> (inside: Box, reason: DropReason?, isClipped: Bool) {
    let (width, height) = (header.width, header.height)
    let displayed = box.inPixels(
      from: scan.unit, width: width, height: height, orientation: header.orientation)
    let inside = displayed.clipped(width: width, height: height)
    let reason = reason(inside, of: width * height, scan.unit)
    let isClipped = reason == nil && scan.unit != .storedFractions && inside != displayed
    return (inside, reason, isClipped)
  }

  /// Boxes given in fractions have been through the filter, exactly, before they were rounded.
  private func reason(_ box: Box, of pixels: Int, _ unit: BoxUnit) -> DropReason? {
    if !(box.area > 0) { return .outside }
    if unit == .storedFractions { return nil }
    return filter.reason(forArea: Double(box.area) / Double(pixels))
  }
}
