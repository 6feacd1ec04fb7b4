import Foundation

/// Why something of a folder that is imported is not in the manifest.
public enum ImportSkip: String, Sendable, CaseIterable, Codable, Comparable {
  // Pictures, with all that is on them.
  case missing = "picture_missing"
  case unreadable = "picture_unreadable"
  case otherSize = "size_differs"
  case outsideFolder = "path_leaves_the_folder"
  case duplicatePicture = "named_twice"
  case noMask = "mask_missing"
  case noReference = "reference_missing"
  case nothingMarked = "nothing_marked"
  // Objects.
  case notANumber = "not_a_number"
  case inverted = "inverted_or_empty"
  case outside = "outside_the_picture"
  case unknownClass = "unknown_class"
  case otherClass = "other_class"
  case tooSmall = "too_small"
  case tooLarge = "too_large"
  case unknownPicture = "unknown_picture"
  case pictureLeftOut = "picture_left_out"
  case duplicateObject = "annotated_twice"
  case crowd = "crowd"
  // Outlines, without which their objects stay.
  case damagedOutline = "outline_damaged"
  case emptyOutline = "outline_empty"

  /// In words, for a table.
  var text: String {
    switch self {
    case .missing: "picture missing"
    case .unreadable: "picture unreadable"
    case .otherSize: "picture of another size than stated"
    case .outsideFolder: "path leaves the folder"
    case .duplicatePicture: "picture named twice"
    case .noMask: "mask missing"
    case .noReference: "reference missing"
    case .nothingMarked: "nothing marked on it"
    case .notANumber: "coordinates that are not numbers"
    case .inverted: "inverted or empty"
    case .outside: "outside the picture"
    case .unknownClass: "of a class that is not listed"
    case .otherClass: "of another class"
    case .tooSmall: "too small"
    case .tooLarge: "too large"
    case .unknownPicture: "on a picture that is not listed"
    case .pictureLeftOut: "on a picture that is left out"
    case .duplicateObject: "annotated twice"
    case .crowd: "crowds"
    case .damagedOutline: "outline damaged"
    case .emptyOutline: "outline without a pixel"
    }
  }

  public static func < (a: Self, b: Self) -> Bool { a.place < b.place }

  private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What an import kept, left out and took for granted, as stored beside the manifest.
public struct ImportReport: Codable, Sendable, Equatable {
  public struct Count: Codable, Sendable, Equatable {
    public internal(set) var kept = 0
    /// By ``ImportSkip``; only those that occurred.
    public internal(set) var skipped: [String: Int] = [:]
    public var total: Int { skipped.values.reduce(kept, +) }
  }

  public internal(set) var layout: ImportLayout
  public internal(set) var folder: String
  public internal(set) var pictures = Count()
  public internal(set) var objects = Count()
  /// Masks of objects, written or found.
  public internal(set) var masks = Count()
  /// Boxes that reached beyond their picture and were cut at its border.
  public internal(set) var clippedBoxes = 0
  /// Pictures on which nothing is marked, which got a box by rule.
  public internal(set) var assumedBoxes = 0
  public internal(set) var objectsByClass: [String: Int] = [:]
  /// The first of what was left out, and why.
  public internal(set) var examples: [String] = []

  static let mostExamples = 100

  init(_ layout: ImportLayout, _ folder: String) { (self.layout, self.folder) = (layout, folder) }

  /// A table.
  public var table: String {
    var lines = rows("pictures", pictures) + rows("objects", objects)
    if masks.total > 0 { lines += rows("masks", masks) }
    if clippedBoxes > 0 { lines.append("\(clippedBoxes) of the boxes kept were cut at the border") }
    if assumedBoxes > 0 {
      lines.append(
        "\(assumedBoxes) picture\(assumedBoxes == 1 ? "" : "s") without a mask: their box is the picture without a tenth at each side; "
          + "masks beside them would say where the object is")
    }
    return (lines + examples.prefix(5).map { "left out: \($0)" }).joined(separator: "\n")
  }

  private func rows(_ title: String, _ count: Count) -> [String] {
    let reasons = ImportSkip.allCases.compactMap { reason in
      count.skipped[reason.rawValue].map { ("left out: \(reason.text)", $0) }
    }
    return ([("found", count.total), ("kept", count.kept)] + reasons).map { text, number in
      let name = title.padding(toLength: 10, withPad: " ", startingAt: 0)
      let digits = "\(number)"
      return name + String(repeating: " ", count: max(0, 12 - digits.count)) + digits + "  " + text
    }
  }
}
