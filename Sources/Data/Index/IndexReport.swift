import Foundation

/// What `pbe-data index` kept and dropped, as stored beside the index.
public struct IndexReport: Codable, Sendable, Equatable {
  public struct Settings: Codable, Sendable, Equatable {
    public var minArea: Double
    public var maxArea: Double
    public var classes: [String]?
    public var maxImages: Int?
    public var seed: UInt64
  }

  public struct Count: Codable, Sendable, Equatable {
    public var total: Int
    public var kept: Int
    /// By reason; only those that occurred.
    public var dropped: [String: Int]

    init(_ count: Tally.Count) {
      total = count.total
      kept = count.kept
      dropped = Dictionary(uniqueKeysWithValues: count.dropped.map { ($0.key.rawValue, $0.value) })
    }
  }

  public var dataset: String
  public var split: DatasetSplit
  public var annotations: String
  public var settings: Settings
  public var pictures: Count
  public var boxes: Count
  /// Of the boxes kept: those that reached beyond the picture and were cut at its border.
  public var clippedBoxes: Int
  /// Of the pictures kept: those with an EXIF rotation, whose boxes were turned with them.
  public var rotatedPictures: Int
  /// Boxes kept of each class.
  public var boxesByClass: [String: Int]
  /// The file that lists missing pictures, and how many it lists.
  public var missingList: String
  public var missingListed: Int
  /// The first of the pictures that could not be read, and why.
  public var unreadable: [String]

  static let mostUnreadableNamed = 100

  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// A table.
  ///
  /// - Parameter name: what a setting is called where the table is shown.
  public func table(naming name: (String) -> String) -> String {
    var lines = rows("pictures", pictures, name) + rows("boxes", boxes, name)
    if clippedBoxes > 0 { lines.append("\(clippedBoxes) of the boxes kept were cut at the border") }
    if rotatedPictures > 0 {
      lines.append("\(rotatedPictures) of the pictures kept have an EXIF rotation")
    }
    for name in unreadable.prefix(5) { lines.append("unreadable: \(name)") }
    if missingListed > 0 { lines.append("\(missingListed) missing pictures: \(missingList)") }
    return lines.joined(separator: "\n")
  }

  private func rows(
    _ title: String, _ count: Count, _ name: (String) -> String
  ) -> [String] {
    let reasons = DropReason.allCases.compactMap { reason in
      count.dropped[reason.rawValue].map { ("dropped: \(reason.text(naming: name))", $0) }
    }
    return ([("in the annotations", count.total), ("kept", count.kept)] + reasons).map {
      let name = title.padding(toLength: 10, withPad: " ", startingAt: 0)
      let number = String(repeating: " ", count: max(0, 12 - "\($1)".count)) + "\($1)"
      return "\(name)\(number)  \($0)"
    }
  }
}
