import Support

/// Which boxes of a dataset are used for training.
public struct BoxFilter: Sendable, Equatable {
  /// Boxes with a smaller share of the picture's area are dropped; officially 0.02.
  public var minimumArea: Double
  /// Boxes with a larger share of the picture's area are dropped; officially 0.8.
  public var maximumArea: Double
  /// Classes by display name or identifier (`/m/…`); nil for all.
  public var classes: [String]?

  public init(
    minimumArea: Double = 0.02, maximumArea: Double = 0.8, classes: [String]? = nil
  ) {
    self.minimumArea = minimumArea
    self.maximumArea = maximumArea
    self.classes = classes
  }

  /// The reason to drop a box that covers this share of the picture, if there is one.
  func reason(forArea area: Double) -> DropReason? {
    area < minimumArea ? .tooSmall : area > maximumArea ? .tooLarge : nil
  }
}

/// Why a box or a picture is not used.
public enum DropReason: String, Sendable, CaseIterable, Codable, SettingMessage {
  // Boxes.
  case notANumber = "not_a_number"
  case inverted = "inverted_or_empty"
  case outside = "outside_the_picture"
  case otherClass = "other_class"
  case tooSmall = "too_small"
  case tooLarge = "too_large"
  // Pictures, with all their boxes.
  case noBoxLeft = "no_box_left"
  case notSelected = "not_selected"
  case missing = "picture_missing"
  case unreadable = "picture_unreadable"
  case leftOutOfficially = "left_out_by_the_official_code"

  /// In words, for a table.
  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .notANumber: "coordinates that are not numbers"
    case .inverted: "inverted or empty"
    case .outside: "outside the picture"
    case .otherClass: "of another class"
    case .tooSmall: "too small"
    case .tooLarge: "too large"
    case .noBoxLeft: "no box left"
    case .notSelected: "not selected (\(name("max-images")))"
    case .missing: "picture missing"
    case .unreadable: "picture unreadable"
    case .leftOutOfficially: "left out by the official code"
    }
  }
}

/// How many were kept, and how many dropped for which reason.
public struct Tally: Sendable, Equatable, Codable {
  public var boxes = Count()
  public var pictures = Count()
  /// Kept boxes that reached beyond the picture and were cut at its border.
  public var clippedBoxes = 0

  public struct Count: Sendable, Equatable, Codable {
    public var kept = 0
    public private(set) var dropped: [DropReason: Int] = [:]

    public init() {}

    /// Kept and dropped together.
    public var total: Int { dropped.values.reduce(kept, +) }

    mutating func drop(_ reason: DropReason, _ count: Int = 1) {
      if count > 0 { dropped[reason, default: 0] += count }
    }

    /// Drops what had been kept.
    mutating func move(to reason: DropReason, _ count: Int) {
      kept -= count
      drop(reason, count)
    }
  }

  public init() {}
}
