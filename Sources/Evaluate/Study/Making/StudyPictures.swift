import Foundation
import Pictures
import Support
import Tensors

/// The pictures of a group, at the results' size and ready for the page.
struct StudyPictures {
  /// With the region that is repainted outlined.
  let source: Image
  let reference: Image
  /// In the order of the runs.
  let results: [Image]

  /// - Throws: ``StudyError``.
  init(_ benchCase: BenchCase, _ runs: [StudyRun]) throws {
    let identifier = benchCase.identifier
    do {
      let pictures = try CasePictures(benchCase)
      results = try runs.map { run in
        let file = run.picture(of: identifier).relativePath
        do {
          return try ImageFile.read(file).image
        } catch FileError.missing {
          throw StudyError.missingResult(identifier: identifier, run: run.folder, file: file)
        }
      }
      let sizes = results.map { PictureSize($0) }
      guard Set(sizes).count == 1 else {
        throw StudyError.otherSize(
          identifier: identifier, sizes: zip(runs, sizes).map { "\($0.name) \($1)" })
      }
      let (truth, mask) = pictures.resized(sizes[0])
      source = truth.outlining(try EditMask(mask))
      reference = pictures.reference.reduced(to: max(sizes[0].width, sizes[0].height))
    } catch let error as StudyError {
      throw error
    } catch {
      throw StudyError.unreadableCase(identifier: identifier, reason: "\(error)")
    }
  }
}

extension Image {
  /// The picture with a line around the region inside a mask: white beside black, to be seen on any
  /// ground.
  func outlining(_ mask: EditMask) -> Image {
    let width = max(1, max(self.width, height) / 200)
    let dark = mask.isInside.spread(by: 2 * width, width: self.width, height: height)
    let light = mask.isInside.spread(by: width, width: self.width, height: height)
    var copy = self
    for i in mask.isInside.indices where !mask.isInside[i] && dark[i] {
      for channel in 3 * i..<3 * i + 3 { copy.pixels[channel] = light[i] ? 255 : 20 }
    }
    return copy
  }

  /// The picture in shuffled tiles of inverted colours: nobody who looks takes it for a good result.
  func spoiled(using random: inout RandomStream) -> Image {
    let side = max(1, min(width, height) / 8)
    let columns = width / side
    let tiles = Array(0..<columns * (height / side))
    var copy = self
    for i in copy.pixels.indices { copy.pixels[i] = 255 - pixels[i] }
    for (to, from) in zip(tiles, tiles.shuffled(using: &random)) {
      let (toX, toY) = (to % columns * side, to / columns * side)
      let (fromX, fromY) = (from % columns * side, from / columns * side)
      for y in 0..<side {
        let target = 3 * ((toY + y) * width + toX)
        let origin = 3 * ((fromY + y) * width + fromX)
        for k in 0..<3 * side { copy.pixels[target + k] = 255 - pixels[origin + k] }
      }
    }
    return copy
  }
}

extension [Bool] {
  /// A region and all that is at most so many pixels from it, in a square's sense.
  fileprivate func spread(by distance: Int, width: Int, height: Int) -> [Bool] {
    var across = self
    for i in indices where self[i] {
      let row = i / width * width
      for x in Swift.max(0, i - row - distance)...Swift.min(width - 1, i - row + distance) {
        across[row + x] = true
      }
    }
    var result = across
    for i in indices where across[i] {
      let (y, x) = i.quotientAndRemainder(dividingBy: width)
      for row in Swift.max(0, y - distance)...Swift.min(height - 1, y + distance) {
        result[row * width + x] = true
      }
    }
    return result
  }
}
