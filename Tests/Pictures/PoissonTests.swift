import Pictures
import Tensors
import TestSupport
import Testing

/// Blending by Poisson's equation, against a direct solver.
@Suite struct PoissonTests {
  private static let golden = Result { try Golden("poisson") }
  private static let (width, height) = (61, 47)

  private let background = Hashed.picture("background", width: width, height: height)
  private let pasted = Hashed.picture("pasted", width: width, height: height)
    .flippedHorizontally()

  /// As in Tests/Golden/poisson.py.
  private static let masks: [String: @Sendable (Int, Int) -> Bool] = [
    "ellipse": ellipse,
    "several": { x, y in
      (ellipse(x, y) && !((x - 30) * (x - 30) + (y - 22) * (y - 22) < 30)) || (x == 3 && y == 3)
        || (x < 5 && y > 10) || (x > 40 && y > 38 && x + y > 90) || (x > 57 && y < 4)
    },
    "almost all": { x, y in !(x == 20 && y == 30) },
    "one pixel": { x, y in x == 0 && y == 0 },
  ]

  private static func ellipse(_ x: Int, _ y: Int) -> Bool {
    (x - 30) * (x - 30) * 4 + (y - 22) * (y - 22) * 9 < 2000
  }

  private static func mask(_ isInside: (Int, Int) -> Bool) -> [Bool] {
    (0..<width * height).map { isInside($0 % width, $0 / width) }
  }

  private static let box = mask { x, y in 20..<44 ~= x && y >= 14 }

  /// In numbers to a thousandth, and so to a step of 8 bits.
  @Test(arguments: masks.keys.sorted(), ["all", "box"])
  func equalsADirectSolver(_ name: String, _ known: String) throws {
    let inside = Self.mask(try #require(Self.masks[name]))
    let isKnown = known == "all" ? nil : Self.box
    let blended = Self.numbers(background).blending(
      Self.numbers(pasted), inside: inside, known: isKnown)
    let expected = try Self.golden.get()["\(name)/\(known)"].values
    let places = inside.indices.filter { inside[$0] }
    try #require(expected.count == 3 * places.count)
    let found = places.flatMap { blended.pixels[3 * $0..<3 * $0 + 3] }
    #expect((zip(found, expected).map { abs($0 - $1) }.max() ?? 0) < 1e-3)
    let outside = inside.indices.filter { !inside[$0] }
    #expect(outside.allSatisfy { blended.pixels[3 * $0] == Float(background.pixels[3 * $0]) })

    let picture = background.blending(pasted, inside: inside, known: isKnown)
    let steps = zip(places.flatMap { picture.pixels[3 * $0..<3 * $0 + 3] }, expected).map {
      abs(Float($0) - min(max($1.rounded(), 0), 255))
    }
    #expect(steps.allSatisfy { $0 <= 1 })
  }

  /// What is pasted onto itself, or differs from the picture by a constant, is the picture.
  @Test(arguments: [0, 40]) func aConstantIsTakenAway(_ offset: UInt8) {
    let brighter = Image(
      width: Self.width, height: Self.height, pixels: background.pixels.map { $0 / 2 + offset })
    let darker = Image(
      width: Self.width, height: Self.height, pixels: background.pixels.map { $0 / 2 })
    let inside = Self.mask(Self.ellipse)
    #expect(darker.blending(brighter, inside: inside) == darker)
  }

  @Test func blackIntoBlackEnds() {
    let black = Image(width: Self.width, height: Self.height)
    let grey = Image(width: Self.width, height: Self.height, fill: (90, 90, 90))
    #expect(black.blending(grey, inside: Self.mask(Self.ellipse)) == black)
  }

  /// The same bytes for every number of threads.
  @Test func threadsDoNotMatter() {
    let inside = Self.mask(Self.ellipse)
    expectSameOnAnyThreads {
      Self.numbers(background).blending(Self.numbers(pasted), inside: inside).pixels
    }
  }

  private static func numbers(_ image: Image) -> FloatImage {
    FloatImage(width: width, height: height, channels: 3, pixels: image.pixels.map(Float.init))
  }
}
