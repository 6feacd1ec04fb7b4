import Foundation
import Pictures
import Tensors
import TestSupport

/// A bench of many small cases, no two alike: pictures of 16 × 12 with a box to be repainted.
struct SmallBench {
  let folder: URL
  let identifiers: [String]

  init(count: Int, in parent: TemporaryFolder) throws {
    folder = parent.file("bench")
    identifiers = (0..<count).map { String(repeating: "0", count: 12 - "\($0)".count) + "\($0)" }
    for name in ["GT_3500", "Mask_bbox_3500", "Ref_3500"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    for i in identifiers.indices {
      var random = RandomStream(seed: 1, purpose: "test bench", index: UInt64(i))
      try write(Image(width: 16, height: 12, using: &random).pngData(), .truth, i)
      try write(Image(width: 7, height: 9, using: &random).pngData(), .reference, i)
      var mask = GrayImage(width: 16, height: 12, fill: 0)
      mask.draw(GrayImage(width: 4 + i % 5, height: 5, fill: 255), x: 3, y: 2 + i % 3)
      try write(mask.pngData(), .mask, i)
    }
    try list.write(to: folder.appending(path: "id_list.npy"))
  }

  enum Part: String { case truth = "GT_3500", mask = "Mask_bbox_3500", reference = "Ref_3500" }

  /// The path of a file of the case at a position.
  func file(_ part: Part, _ position: Int) -> String {
    let ending =
      switch part {
      case .truth: "GT"
      case .mask: "mask"
      case .reference: "ref"
      }
    return folder.appending(path: "\(part.rawValue)/\(identifiers[position])_\(ending).png").path
  }

  /// Without waiting for the disk.
  private func write(_ data: Data, _ part: Part, _ position: Int) throws {
    try data.write(to: URL(filePath: file(part, position)))
  }

  /// As `numpy.save(FILE, numpy.arange(count))` writes it.
  private var list: Data {
    var header = "{'descr': '<i8', 'fortran_order': False, 'shape': (\(identifiers.count),), }"
    header += String(repeating: " ", count: 117 - header.count) + "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0])
    data += Data(header.utf8)
    for i in identifiers.indices {
      withUnsafeBytes(of: Int64(i).littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }
}

extension Image {
  /// Pixels of any colour.
  init(width: Int, height: Int, using random: inout RandomStream) {
    let pixels = (0..<3 * width * height).map { _ in
      UInt8(truncatingIfNeeded: random.next() >> 32)
    }
    self.init(width: width, height: height, pixels: pixels)
  }
}
