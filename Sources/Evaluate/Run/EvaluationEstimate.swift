import Foundation
import Support

/// How long a run will take and what it will write, told before it starts.
package struct EvaluationEstimate: Equatable, Sendable {
  /// Cases without a picture, and those that have one.
  package var toMake = 0
  package var made = 0
  package var secondsToMake = 0.0
  /// Cases without scores or features.
  package var toMeasure = 0
  package var secondsToMeasure = 0.0
  package var pictureBytes = 0
  package var featureBytes = 0

  package init() {}

  package var seconds: Double { secondsToMake + secondsToMeasure }

  /// Whether the run is long enough for its length to be of interest.
  package var isLong: Bool { seconds >= 60 }

  /// - Parameter free: Bytes on the disk that is written to; nil when that cannot be known.
  package func text(free: Int?) -> String {
    let cases =
      toMake > 0
      ? "\(toMake) cases to make, \(made) are there already: about "
        + "\(Quantity.duration(secondsToMake)), and \(Quantity.duration(secondsToMeasure)) to score"
      : "\(toMeasure) cases to score: about \(Quantity.duration(secondsToMeasure))"
    let disk = Quantity.bytes(pictureBytes + featureBytes)
    return cases + "; \(disk) of disk" + (free.map { ", \(Quantity.bytes($0)) are free." } ?? ".")
  }

  /// Refuses what certainly doesn't fit: pictures may take less than estimated, not half of it.
  ///
  /// - Throws: ``EvaluationError/diskTooSmall(folder:needed:free:)``.
  package func check(free: Int?, in folder: URL) throws {
    guard let free, free < featureBytes + pictureBytes / 2 else { return }
    throw EvaluationError.diskTooSmall(
      folder: folder.relativePath, needed: featureBytes + pictureBytes, free: free)
  }
}
