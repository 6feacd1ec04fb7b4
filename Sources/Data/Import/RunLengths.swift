import Pictures

/// A mask as COCO packs it: how many pixels in turn do not belong to it and do, column by column.
///
/// - Source: `maskApi` of pycocotools.
package struct RunLengths: Equatable {
  package let width: Int
  package let height: Int
  private let counts: [Int]

  package struct Damage: Error { package let reason: String }

  /// - Throws: ``Damage`` where the runs do not make up the picture.
  package init(width: Int, height: Int, counts: [Int]) throws(Damage) {
    guard width > 0, height > 0 else { throw Damage(reason: "its size is \(width)×\(height)") }
    let (pixels, overflows) = width.multipliedReportingOverflow(by: height)
    var sum = 0
    for count in counts {
      // Not more than fits before, so that no sum overflows.
      guard !overflows, count >= 0, count <= pixels - sum else {
        throw Damage(reason: "its runs are longer than \(width)×\(height) pixels")
      }
      sum += count
    }
    guard sum == pixels else {
      throw Damage(reason: "its runs make \(sum) pixels, not \(width)×\(height)")
    }
    (self.width, self.height, self.counts) = (width, height, counts)
  }

  /// The packed form: six bits a character, the first of which says whether more follow; from the third
  /// number on, the difference to the one before the last.
  package init(width: Int, height: Int, packed: String) throws(Damage) {
    var counts: [Int] = []
    var (value, shift) = (0, 0)
    for byte in packed.utf8 {
      guard (48..<112).contains(byte), shift <= 40 else {
        throw Damage(reason: "its runs are not packed as COCO's")
      }
      let bits = Int(byte) - 48
      value |= (bits & 0x1F) << shift
      shift += 5
      guard bits & 0x20 == 0 else { continue }
      if bits & 0x10 != 0 { value |= -1 << shift }
      let (sum, overflows) = value.addingReportingOverflow(
        counts.count > 2 ? counts[counts.count - 2] : 0)
      guard !overflows else { throw Damage(reason: "its runs are not packed as COCO's") }
      counts.append(sum)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else { throw Damage(reason: "its runs end in the middle of a number") }
    try self.init(width: width, height: height, counts: counts)
  }

  /// White where the mask is.
  package var picture: GrayImage {
    var pixels = [UInt8](repeating: 0, count: width * height)
    var (place, isInside) = (0, false)
    for count in counts {
      if isInside {
        for i in place..<place + count { pixels[i % height * width + i / height] = 255 }
      }
      place += count
      isInside.toggle()
    }
    return GrayImage(width: width, height: height, pixels: pixels)
  }
}
