import Foundation
import Pictures

extension ImageFile {
  /// Reads a picture by its content, whatever its name promises: one that is not what it is called
  /// is flagged in the report rather than refused.
  static func readByContent(_ file: URL) throws -> DecodedImage {
    do {
      return try read(file.relativePath)
    } catch ImageError.mislabelled {
      let data = try Data(contentsOf: file)
      return try read(data, name: "\(file.relativePath) (mislabelled)")
    }
  }
}
