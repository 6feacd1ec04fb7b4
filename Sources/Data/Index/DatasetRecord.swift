import Pictures
import Support

/// One picture of a dataset and what is marked on it.
public struct DatasetRecord: Sendable, Equatable {
  /// Path of the picture.
  public var image: String
  /// Size in pixels as displayed (after the EXIF rotation), if known without reading the picture.
  public var width: Int?
  public var height: Int?
  /// The objects, in `unit`; empty when the mask's bounds are the box.
  public var boxes: [Box]
  /// Classes of the objects: one for each box, or one for all, or none.
  public var labels: [String]
  /// What the objects are called, in one or more ways each, the fullest last: for each box, or once
  /// for all, or nothing.
  public var captions: [[String]]
  /// Path of a mask (white is to be repainted) to be used as it is.
  public var mask: String?
  /// Separate exemplars, which all show one object; without any it is cut from the box.
  public var references: [ExemplarFiles]
  /// Paths of masks (white is the object) of the picture's size: for each box, or one where there is no
  /// box, which its bounds then are. Empty where nothing is known.
  public var objectMasks: [String?]
  /// What the boxes are measured in.
  public var unit: BoxUnit
  /// Where the record comes from, for messages: a file and line, or a picture's name.
  public var origin: String

  /// The class of the record, when all its objects have the same.
  public var label: String? { Set(labels).count == 1 ? labels.first : nil }

  /// The class of one object; nil where none is given.
  public func label(of object: Int) -> String? {
    labels.count == 1 ? labels[0] : labels.indices.contains(object) ? labels[object] : nil
  }

  /// What one object is called; empty where nothing is said.
  public func captions(of object: Int) -> [String] {
    captions.count == 1 ? captions[0] : captions.indices.contains(object) ? captions[object] : []
  }

  public init(
    image: String, width: Int? = nil, height: Int? = nil, boxes: [Box] = [],
    labels: [String] = [], captions: [[String]] = [], mask: String? = nil,
    references: [ExemplarFiles] = [], objectMasks: [String?] = [], unit: BoxUnit = .pixels,
    origin: String = ""
  ) {
    self.image = image
    self.width = width
    self.height = height
    self.boxes = boxes
    self.labels = labels
    self.captions = captions
    self.mask = mask
    self.references = references
    self.objectMasks = objectMasks
    self.unit = unit
    self.origin = origin
  }
}

/// A separate exemplar: a picture, and where in it the object is.
public struct ExemplarFiles: Sendable, Equatable, Codable {
  public var picture: String
  /// White on the object, of the picture's size; nil where nothing says it.
  public var mask: String?

  /// How many a record may have, all of which are read whenever it is visited.
  public static let most = 16

  public init(picture: String, mask: String? = nil) {
    (self.picture, self.mask) = (picture, mask)
  }
}

/// What the coordinates of a box are measured in.
public enum BoxUnit: Sendable, Equatable, BitwiseCopyable {
  /// Pixels of the picture as displayed, after the EXIF rotation.
  case pixels
  /// Fractions of the sides of the picture as displayed.
  case fractions
  /// Fractions of the picture's stored sides, before the EXIF rotation: OpenImages' own.
  case storedFractions
  /// Pixels, that OpenImages' fractions were multiplied with the displayed sides to get: the
  /// official `bbox/SPLIT/ID.txt`.
  case scaledStoredFractions
}

extension DatasetRecord {
  /// The record with its size and with its boxes in pixels of the picture as displayed, clipped to
  /// it. Reads the picture's header.
  ///
  /// - Throws: `ImageError` if there is no such picture, `DatasetError.unusable` if the boxes don't
  ///   fit it.
  public func resolved() throws -> DatasetRecord {
    try resolved(in: ImageFile.header(image))
  }

  /// The record with its boxes in pixels of the picture that has this header.
  public func resolved(in header: ImageHeader) throws -> DatasetRecord {
    try resolved(width: header.width, height: header.height, orientation: header.orientation)
  }

  /// - Parameters:
  ///   - width: As displayed.
  ///   - height: As displayed.
  ///   - orientation: EXIF orientation of the stored pixels, 1…8; boxes in pixels don't depend on it.
  package func resolved(width: Int, height: Int, orientation: Int) throws -> DatasetRecord {
    if let w = self.width, let h = self.height, (w, h) != (width, height) {
      throw DatasetError.unusable(
        record: origin,
        problem: "says \(w)×\(h) pixels, but \(image) has \(width)×\(height) as displayed; "
          + "correct or leave out 'width' and 'height'")
    }
    var result = self
    (result.width, result.height, result.unit) = (width, height, .pixels)
    for (i, box) in boxes.enumerated() {
      let displayed = box.inPixels(
        from: unit, width: width, height: height, orientation: orientation)
      result.boxes[i] = displayed.clipped(width: width, height: height)
      if !(result.boxes[i].area > 0) {
        throw DatasetError.unusable(
          record: origin,
          problem: "box \(displayed.list) lies outside the picture of \(width)×\(height) pixels")
      }
    }
    return result
  }
}

extension Box {
  /// The box in pixels of the picture as displayed, which has this size; not clipped.
  func inPixels(from unit: BoxUnit, width: Int, height: Int, orientation: Int) -> Box {
    let (width, height) = (Float(width), Float(height))
    let fractions: Box
    switch unit {
    case .pixels: return self
    case .fractions: return scaled(width, height)
    case .scaledStoredFractions where orientation == 1: return self
    case .scaledStoredFractions: fractions = scaled(1 / width, 1 / height)
    case .storedFractions: fractions = self
    }
    return fractions.displayed(from: orientation).scaled(width, height)
  }

  /// The box of a picture that is stored with an EXIF orientation (1…8), turned with it; both in
  /// fractions of the sides.
  func displayed(from orientation: Int) -> Box {
    let turn = Orientation(exif: orientation)
    var box = turn.swapsAxes ? Box(y0, x0, y1, x1) : self
    if turn.mirrorsX { (box.x0, box.x1) = (1 - box.x1, 1 - box.x0) }
    if turn.mirrorsY { (box.y0, box.y1) = (1 - box.y1, 1 - box.y0) }
    return box
  }
}
