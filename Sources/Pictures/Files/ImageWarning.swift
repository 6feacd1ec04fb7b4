/// What is odd about a picture that was read all the same.
public enum ImageWarning: Sendable, Hashable, CustomStringConvertible {
  /// The content is of another format than the name promises; the content counts.
  case mislabelled(found: ImageFormat)
  /// The decoder got over damage, as other programs do.
  case faulty(format: ImageFormat, reason: String)
  /// The data end early; rows at the bottom of the stored picture are made up or lack detail.
  case cutShort(format: ImageFormat, loss: String)
  /// Only the first of a file's pages or frames was read.
  case furtherPictures(count: Int)
  /// The file describes its colours in a way that cannot be followed; they were taken as sRGB.
  case unusableProfile(reason: String)

  /// Without the picture's name.
  public var description: String {
    switch self {
    case .mislabelled(let found):
      "holds a \(found), and is read as such; rename it to .\(found.fileExtensions[0])"
    case .faulty(let format, let reason):
      "this \(format) has a fault (\(reason)) that can be got over; check that it looks right"
    case .cutShort(let format, let loss):
      "this \(format) ends early: \(loss); copy, download or export it again"
    case .furtherPictures(let count):
      "holds \(count) pictures, of which the first is used"
    case .unusableProfile(let reason):
      "its colour profile cannot be used (\(reason)), so its colours are taken as sRGB; "
        + "export it again if they look wrong"
    }
  }

  /// A few words by which pictures are counted.
  public var category: String {
    switch self {
    case .mislabelled: "mislabelled"
    case .faulty: "faulty"
    case .cutShort: "cut short"
    case .furtherPictures: "of several pages or frames"
    case .unusableProfile: "unusable colour profile"
    }
  }
}

/// A warning and the file that it is about.
public struct FileWarning: Sendable, Hashable, CustomStringConvertible {
  public let file: String
  public let warning: ImageWarning

  public init(_ file: String, _ warning: ImageWarning) {
    (self.file, self.warning) = (file, warning)
  }

  public var description: String { "\(file): \(warning)" }
}

extension [ImageWarning] {
  /// The warnings with the name of the file that all are about.
  public func about(_ file: String) -> [FileWarning] { map { FileWarning(file, $0) } }
}
