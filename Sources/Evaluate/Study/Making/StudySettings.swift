/// What a study consists of.
public struct StudySettings: Sendable, Equatable {
  /// Cases that are ranked and analysed.
  public var groups = 30
  /// Raters who are planned for; each gets a code.
  public var raters = 50
  /// Groups that are shown twice.
  public var repeats = 2
  /// Groups in which one result is spoiled.
  public var attention = 1
  public var seed: UInt64 = 0
  /// JPEG quality of the pictures in the page; nil for PNG, which loses nothing.
  public var jpeg: Int?
  /// What raters read.
  public var title = "Which picture is better?"

  public init() {}
}
