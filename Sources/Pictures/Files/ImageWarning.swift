/// What is wrong with a picture that was read all the same. `name` is its path, or what the caller
/// called it.
public enum ImageWarning: Sendable, Hashable, CustomStringConvertible {
  /// The content is of another format than the name promises; the content counts.
  case mislabelled(name: String, found: ImageFormat)
  /// The decoder got over damage, as other programs do.
  case faulty(name: String, format: ImageFormat, reason: String)
  /// The data end early; rows at the bottom of the stored picture are made up or lack detail.
  case cutShort(name: String, format: ImageFormat, loss: String)
  /// Only the first of a file's pages or frames was read.
  case furtherPictures(name: String, count: Int)

  public var description: String {
    switch self {
    case .mislabelled(let name, let found):
      "\(name): holds a \(found), and is read as such; rename it to .\(found.fileExtensions[0])"
    case .faulty(let name, let format, let reason):
      "\(name): this \(format) has a fault (\(reason)) and was read as far as it goes; look at it"
    case .cutShort(let name, let format, let loss):
      "\(name): this \(format) ends early: \(loss); copy, download or export it again"
    case .furtherPictures(let name, let count):
      "\(name): holds \(count) pictures, of which the first is used"
    }
  }

  /// A few words without the name, by which pictures are counted.
  public var category: String {
    switch self {
    case .mislabelled: "mislabelled"
    case .faulty: "faulty"
    case .cutShort: "cut short"
    case .furtherPictures: "of several pages or frames"
    }
  }
}
