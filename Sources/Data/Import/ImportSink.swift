import Foundation
import Pictures
import Support

/// Takes over what a layout's reader finds: compares it with the pictures, draws masks, makes the lines of the
/// manifest, and counts what is left out.
struct ImportSink {
  private(set) var report: ImportReport
  /// The manifest's lines.
  private(set) var records: [DatasetRecord] = []
  private let filter: BoxFilter
  /// nil to write none.
  private var masks: MaskFolder?
  private let progress: any ProgressTask
  private var seenLabels: Set<String> = []
  private var files: Set<String> = []

  /// Pictures in each folder of masks: more would make some file systems slow.
  private static let picturesPerFolder = 1000

  init(
    _ report: ImportReport, _ filter: BoxFilter, masks: MaskFolder?, progress: any ProgressTask
  ) {
    (self.report, self.filter, self.masks, self.progress) = (report, filter, masks, progress)
  }

  /// Leaves out a picture, or something on one.
  ///
  /// - Parameter objects: on the picture, which are left out with it.
  mutating func skip(
    _ reason: ImportSkip, _ name: String, _ detail: String = "", objects: Int = 0
  ) {
    count(reason, 1)
    if objects > 0 { count(.pictureLeftOut, objects) }
    guard report.examples.count < ImportReport.mostExamples else { return }
    report.examples.append("\(name): \(detail.isEmpty ? reason.text : detail)")
  }

  private mutating func count(_ reason: ImportSkip, _ number: Int) {
    switch reason {
    case ..<ImportSkip.notANumber: report.pictures.skipped[reason.rawValue, default: 0] += number
    case ..<ImportSkip.damagedOutline: report.objects.skipped[reason.rawValue, default: 0] += number
    default: report.masks.skipped[reason.rawValue, default: 0] += number
    }
  }

  /// - Throws: `FileError` where a disk does not answer, or a mask cannot be written.
  mutating func add(_ picture: ImportedPicture) throws {
    try progress.advance()
    guard files.insert(picture.image).inserted else {
      return skip(.duplicatePicture, picture.image, objects: picture.objects.count)
    }
    guard let header = try header(picture) else { return }
    let size = PictureSize(width: header.width, height: header.height)
    guard picture.size == nil || picture.size == size else {
      let stated = picture.size.map { "\($0)" } ?? ""
      return skip(
        .otherSize, picture.image, "is \(size) pixels as displayed, not \(stated) as stated",
        objects: picture.objects.count)
    }
    var record = DatasetRecord(
      image: picture.image, width: size.width, height: size.height, mask: picture.mask,
      references: picture.references)
    var labels: [String?] = []
    for object in picture.objects {
      guard let box = fitted(object, size) else { continue }
      let mask = try mask(of: object, box, size, number: record.boxes.count)
      // Of an object without a box, its mask's bounds are it.
      guard let box = box ?? mask.bounds else { continue }
      guard let box = kept(box, size) else { continue }
      record.boxes.append(box)
      record.objectMasks.append(mask.file)
      labels.append(object.label)
    }
    finish(record, labels)
  }

  private mutating func finish(_ record: DatasetRecord, _ labels: [String?]) {
    var record = record
    guard !record.boxes.isEmpty || record.mask != nil else {
      return skip(.nothingMarked, record.image)
    }
    let known = labels.compactMap(\.self)
    if known.count == labels.count { record.labels = known }
    for label in known { report.objectsByClass[label, default: 0] += 1 }
    report.pictures.kept += 1
    report.objects.kept += record.boxes.count
    records.append(record)
  }

  private mutating func header(_ picture: ImportedPicture) throws -> ImageHeader? {
    do {
      return try ImageFile.header(picture.image)
    } catch ImageError.unreadable(.missing) {
      skip(.missing, picture.image, objects: picture.objects.count)
    } catch {
      if let failure = (error as? ImageError)?.passing { throw failure }
      skip(.unreadable, picture.image, "\(error)", objects: picture.objects.count)
    }
    return nil
  }
}

// MARK: Objects

extension ImportSink {
  /// The box in pixels, inside the picture; an inner nil where the object has none, nil where it is left out.
  private mutating func fitted(_ object: ImportedObject, _ size: PictureSize) -> Box?? {
    if let label = object.label { seenLabels.insert(label) }
    if let classes = filter.classes {
      guard let label = object.label, classes.contains(label) else {
        count(.otherClass, 1)
        return nil
      }
    }
    guard let given = object.box else { return .some(nil) }
    guard [given.x0, given.y0, given.x1, given.y1].allSatisfy(\.isFinite) else {
      skip(.notANumber, object.name)
      return nil
    }
    guard given.x1 > given.x0, given.y1 > given.y0 else {
      skip(.inverted, object.name, "the box \(given.list) is inverted or empty")
      return nil
    }
    let box =
      object.notation == .pixels ? given : given.scaled(Float(size.width), Float(size.height))
    let inside = box.clipped(width: size.width, height: size.height)
    guard inside.area > 0 else {
      skip(.outside, object.name, "the box \(box.list) lies outside the picture of \(size) pixels")
      return nil
    }
    // Rounding of fractions is no fault.
    let moved = [inside.x0 - box.x0, inside.y0 - box.y0, box.x1 - inside.x1, box.y1 - inside.y1]
    if moved.contains(where: { $0 > 0.5 }) { report.clippedBoxes += 1 }
    return inside
  }

  private mutating func kept(_ box: Box, _ size: PictureSize) -> Box? {
    // A manifest would take a pixel or two in the corner for fractions.
    let reason = box.contradicts(nil) ? .tooSmall : filter.reason(forArea: box.share(of: size))
    switch reason {
    case nil: return box
    case .tooLarge: count(.tooLarge, 1)
    default: count(.tooSmall, 1)
    }
    return nil
  }

  /// Writes an object's mask where there is an outline to draw.
  private mutating func mask(
    of object: ImportedObject, _ box: Box?, _ size: PictureSize, number: Int
  ) throws -> (file: String?, bounds: Box?) {
    guard let outline = object.outline else { return (nil, nil) }
    if case .file(let file) = outline { return try found(file, object, size) }
    guard masks != nil || box == nil else { return (nil, nil) }
    if let box, filter.reason(forArea: box.share(of: size)) != nil { return (nil, nil) }
    let scale = SIMD2(Double(size.width), Double(size.height))
    do {
      let drawn = try outline.drawn(
        in: size, box: box, scale: object.notation == .fractions ? scale : SIMD2(1, 1))
      guard let drawn, let bounds = drawn.whiteBounds else {
        skip(.emptyOutline, object.name)
        return (nil, nil)
      }
      let file = try keep(drawn, number)
      return (file, bounds.box)
    } catch let damage as RunLengths.Damage {
      skip(.damagedOutline, object.name, damage.reason)
      return (nil, nil)
    }
  }

  /// A mask that lies beside its picture.
  private mutating func found(
    _ file: String, _ object: ImportedObject, _ size: PictureSize
  ) throws -> (file: String?, bounds: Box?) {
    do {
      let mask = try ImageFile.readMask(file).pixels
      guard PictureSize(mask) == size else {
        skip(.damagedOutline, file, "the mask is \(PictureSize(mask)) pixels, its picture \(size)")
        return (nil, nil)
      }
      guard let bounds = mask.whiteBounds else {
        skip(.emptyOutline, file)
        return (nil, nil)
      }
      report.masks.kept += 1
      return (file, bounds.box)
    } catch let error as ImageError {
      if let failure = error.passing { throw failure }
      skip(.damagedOutline, file, "\(error)")
      return (nil, nil)
    }
  }

  private mutating func keep(_ mask: GrayImage, _ object: Int) throws -> String? {
    let picture = report.pictures.kept
    let folder = picture / Self.picturesPerFolder
    guard let file = try masks?.add(mask, named: "\(folder)/\(picture)-\(object).png") else {
      return nil
    }
    report.masks.kept += 1
    return file
  }

  /// Takes nothing more.
  ///
  /// - Throws: as ``MaskFolder/finish()`` does.
  mutating func finishMasks() throws { try masks?.finish() }

  /// A picture on which nothing is marked: its object is taken to fill its middle.
  mutating func addUnmarked(_ picture: ImportedPicture) throws {
    var picture = picture
    picture.objects = [
      ImportedObject(box: Box(0.1, 0.1, 0.9, 0.9), notation: .fractions, name: picture.image)
    ]
    let before = report.pictures.kept
    try add(picture)
    report.assumedBoxes += report.pictures.kept - before
  }

  /// - Throws: `DatasetError.unknownClass` for a class that was asked for and never occurs.
  func checkClasses(_ file: String) throws {
    for name in filter.classes ?? [] where !seenLabels.contains(name) {
      throw DatasetError.unknownClass(
        name: name, nearest: nearest(to: name, in: seenLabels.sorted()), file: file)
    }
  }
}

extension Box {
  /// Of a picture's area.
  fileprivate func share(of size: PictureSize) -> Double {
    Double(area) / (Double(size.width) * Double(size.height))
  }
}
