import Foundation
import Pictures

/// The pictures of one case as a report shows them, at the result's size or smaller.
struct ShownCase {
  static let titles = ["source", "masked", "reference", "result"]
  private static let largestSide = 192

  let identifier: String
  /// As titled above.
  let images: [Image]

  init(_ benchCase: BenchCase, results: URL) throws {
    identifier = benchCase.identifier
    let pictures = try CasePictures(benchCase)
    let file = ResultStore.picture(of: identifier, in: results)
    let result = try ImageFile.read(file.relativePath).image
    let scored = try pictures.scored(result)
    images = [
      scored.groundTruth, scored.groundTruth.hiding(scored.mask), scored.reference, result,
    ].map { $0.reduced(to: Self.largestSide) }
  }
}

extension Image {
  /// The picture with the pixels to be repainted in grey, as the network sees them.
  func hiding(_ mask: EditMask) -> Image {
    var copy = self
    for i in mask.isInside.indices where mask.isInside[i] {
      for channel in 3 * i..<3 * i + 3 { copy.pixels[channel] = 127 }
    }
    return copy
  }

  /// The picture with its longer side reduced to `side`; a smaller one as it is.
  func reduced(to side: Int) -> Image {
    let longer = max(width, height)
    guard longer > side else { return self }
    return resized(
      width: max(1, width * side / longer), height: max(1, height * side / longer),
      filter: .bicubic)
  }
}
