import Datasets
import Pictures
import Testing

/// How objects' outlines become masks.
@Suite struct OutlineTests {
  private func drawn(
    _ outline: Outline, _ width: Int, _ height: Int, box: Box? = nil,
    scale: SIMD2<Double> = [1, 1]
  ) throws -> GrayImage {
    let size = PictureSize(width: width, height: height)
    let mask = try outline.drawn(in: size, box: box, scale: scale)
    return try #require(mask)
  }

  private func rows(_ mask: GrayImage) -> [String] {
    (0..<mask.height).map { y in
      mask.pixels[y * mask.width..<(y + 1) * mask.width].map { $0 == 255 ? "#" : "." }.joined()
    }
  }

  /// The example of pycocotools' own documentation, plain and packed.
  @Test func runsGoDownTheColumnsAndArePackedAsCOCOs() throws {
    let counts = [6, 1, 40, 4, 5, 4, 5, 4, 21]
    let plain = try RunLengths(width: 10, height: 9, counts: counts)
    #expect(try RunLengths(width: 10, height: 9, packed: "61X13mN000`0") == plain)
    let mask = try drawn(.runs(plain), 10, 9)
    #expect(mask.pixels.count { $0 == 255 } == 13)
    #expect(
      rows(mask) == [
        "..........", "..........", ".....###..", ".....###..", ".....###..", ".....###..",
        "#.........", "..........", "..........",
      ])
  }

  @Test(arguments: [
    ("", "make 0 pixels"), ("6", "make 6 pixels"), ("61X13mN000`1", "runs"),
    ("61X13mN000", "make"), ("6 1", "not packed"), ("ooooooooooooooo", "not packed"),
    ("P", "end in the middle"), ("61X13mN000`0é", "not packed"),
  ])
  func damagedRunsAreRefused(_ packed: String, _ reason: String) {
    let damage = #expect(throws: RunLengths.Damage.self) {
      try RunLengths(width: 10, height: 9, packed: packed)
    }
    #expect(damage?.reason.contains(reason) == true, "\(damage?.reason ?? "")")
  }

  /// Nothing is allotted for a size that the runs do not fill.
  @Test(arguments: [(Int.max, Int.max), (1 << 40, 1 << 40), (0, 5), (-3, 4), (10, 10)])
  func sizesThatLieAreRefused(_ width: Int, _ height: Int) {
    #expect(throws: RunLengths.Damage.self) {
      try RunLengths(width: width, height: height, counts: [6, 1, 40, 4, 5, 4, 5, 4, 21])
    }
    #expect(throws: RunLengths.Damage.self) {
      try RunLengths(width: 10, height: 9, counts: [Int.max, Int.max, 2])
    }
  }

  @Test func aPolygonHasThePixelsWhoseCentresItHolds() throws {
    let square = Outline.polygons([[[1, 1], [4, 1], [4, 3], [1, 3]]])
    #expect(rows(try drawn(square, 6, 4)) == ["......", ".###..", ".###..", "......"])
    let triangle = Outline.polygons([[[0, 0], [4, 0], [0, 4]]])
    #expect(rows(try drawn(triangle, 5, 5)) == ["###..", "##...", "#....", ".....", "....."])
    // Several parts, in fractions; what lies outside is cut.
    let parts = Outline.polygons([
      [[-1, -1], [0.25, -1], [0.25, 2], [-1, 2]], [[0.75, 0], [9, 0], [9, 0.5], [0.75, 0.5]],
    ])
    #expect(rows(try drawn(parts, 4, 2, scale: [4, 2])) == ["#..#", "#..."])
  }

  @Test func outlinesThatWouldTakeTooLongAreRefused() {
    let zigzag = (0..<60_000).map { SIMD2(Double($0 % 7), $0 % 2 == 0 ? 0.0 : 4000.0) }
    #expect(throws: RunLengths.Damage.self) {
      _ = try Outline.polygons([zigzag]).drawn(
        in: PictureSize(width: 100, height: 4000), box: nil, scale: [1, 1])
    }
    #expect(throws: RunLengths.Damage.self) {
      _ = try Outline.polygons([[[0, 0], [.nan, 1], [1, 1]]]).drawn(
        in: PictureSize(width: 10, height: 10), box: nil, scale: [1, 1])
    }
  }

  @Test func aWindowIsStretchedOverItsBox() throws {
    let window = GrayImage(width: 2, height: 2, pixels: [255, 0, 255, 255])
    let mask = try drawn(.window(window), 8, 6, box: Box(2, 1, 6, 5))
    #expect(
      rows(mask) == ["........", "..##....", "..##....", "..####..", "..####..", "........"])
  }

  /// Made with `base64.b64encode(zlib.compress(npy))` of numpy.array([[1, 0], [1, 1]], bool).
  static let packed =
    "eJyb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgpGmjoKtQpkAy5GBkZGANylG6c="

  @Test func fiftyOnesMasksAreArraysOfNumPy() throws {
    #expect(try PackedMask(base64: Self.packed).picture.pixels == [255, 0, 255, 255])
    for damaged in [
      "", "äöü", "AAAA", String(Self.packed.dropLast(40)), String(Self.packed.dropLast(8)),
    ] {
      #expect(throws: RunLengths.Damage.self) { try PackedMask(base64: damaged) }
    }
  }

  /// The header may say what it likes.
  @Test(arguments: [
    "{'descr': '|b1', 'fortran_order': False, 'shape': (999999, 999999), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }",
    "{'descr': '|b1', 'fortran_order': True, 'shape': (2, 2), }",
    "{'descr': '|b1', 'fortran_order': False, 'shape': (4,), }",
    "{'descr': '|b1', 'fortran_order': False, 'shape': (0, 4), }", "", "{",
  ])
  func otherArraysAreRefused(_ header: String) {
    let bytes =
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [1, 0, 1, 1]
    #expect(throws: RunLengths.Damage.self) { try PackedMask(numPy: bytes) }
  }
}
