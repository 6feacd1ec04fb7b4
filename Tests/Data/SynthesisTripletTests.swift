import Datasets
import Pictures
import Tensors
import Testing

/// The pixels of triplets.
@Suite struct SynthesisTripletTests {
  /// A blue picture with a red object.
  static func scene(_ width: Int, _ height: Int, _ object: PixelRectangle) -> Image {
    var image = Image(width: width, height: height, fill: (0, 0, 255))
    for y in object.y..<object.bottom {
      for x in object.x..<object.right {
        let i = (y * width + x) * 3
        (image.pixels[i], image.pixels[i + 2]) = (255, 0)
      }
    }
    return image
  }

  static let object = PixelRectangle(x: 60, y: 40, width: 70, height: 60)
  let source = TripletSource(image: scene(240, 160, object), boxes: [object.box])

  func triplets(
    _ count: Int, _ settings: TripletSettings, _ source: TripletSource? = nil
  ) throws -> [Triplet] {
    let synthesizer = try TripletSynthesizer(settings)
    return try (0..<count).map { i in
      var random = RandomStream(seed: 11, purpose: "triplet", index: UInt64(i))
      return try synthesizer.triplet(from: source ?? self.source, using: &random)
    }
  }

  @Test func holeIsGreyAndTheRestIsThePicture() throws {
    for triplet in try triplets(30, TripletSettings(imageSize: 64, referenceSize: 32)) {
      let (image, mask) = (triplet.image.values, triplet.mask.values)
      #expect(image.allSatisfy { $0 >= -1 && $0 <= 1 })
      #expect(mask.allSatisfy { $0 >= 0 && $0 <= 1 })
      #expect(mask.contains(0) && mask.contains(1))
      for (i, value) in triplet.maskedImage.values.enumerated() {
        #expect(value == image[i] * mask[i / 3])
      }
    }
  }

  /// A rectangle hides the object to the last pixel; a free-form mask all but what the jitter (±5)
  /// and the cut corners leave.
  @Test(arguments: [Float(0), 1])
  func maskCoversTheObject(freeForm: Float) throws {
    let settings = TripletSettings(
      imageSize: 512, referenceSize: 32, arbitraryMaskPercent: freeForm)
    for triplet in try triplets(20, settings) {
      let (image, mask) = (triplet.image.values, triplet.mask.values)
      var (red, visible) = (0, 0)
      for i in mask.indices where image[i * 3] > 0.999 {
        red += 1
        if mask[i] > 0.5 { visible += 1 }
      }
      #expect(red > 5000)
      #expect(visible <= (freeForm == 0 ? 0 : red / 5), "\(visible) of \(red)")
    }
  }

  /// Between the object's own area, less the jitter, and the grown box's.
  @Test func freeFormMasksAreSmallerThanTheGrownBoxAndAboutTheObjectsSize() throws {
    let box = PixelRectangle(x: 300, y: 200, width: 330, height: 260)
    var random = RandomStream(seed: 2, purpose: "area")
    var areas: [Double] = []
    for _ in 0..<60 {
      let grown = box.grown(inWidth: 1024, height: 768, using: &random)
      let shape = MaskShape.freeForm(box, grown: grown, .official, scale: 1, using: &random)
      let drawn = shape.drawn(in: PixelRectangle(x: 0, y: 0, width: 1024, height: 768))
      let white = Double(drawn.pixels.count { $0 == 255 })
      let outer = Double((grown.width + 10) * (grown.height + 10))
      #expect(white < outer)
      areas.append(white / Double(box.width * box.height))
    }
    #expect(areas.allSatisfy { $0 > 0.9 && $0 < 1.5 })
    #expect((areas.max() ?? 0) - (areas.min() ?? 0) > 0.1)
  }

  @Test func referenceShowsTheObject() throws {
    let settings = TripletSettings(imageSize: 64, referenceSize: 56)
    for triplet in try triplets(100, settings) {
      let pixels = triplet.augmentedExemplar.pixels
      let red = stride(from: 0, to: pixels.count, by: 3).count { pixels[$0] > 200 }
      #expect(red > 56 * 56 / 3, "\(red) red pixels of \(56 * 56)")
    }
  }

  @Test func referenceIsNormalisedForCLIP() throws {
    var settings = TripletSettings(imageSize: 64, referenceSize: 32)
    settings.augmentation = .none
    let triplet = try triplets(1, settings)[0]
    // The middle is pure red.
    let middle = triplet.reference.values.dropFirst((16 * 32 + 16) * 3).prefix(3)
    let expected: [Float] = [1.9303361, -1.7520971, -1.4802198]
    #expect(zip(middle, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func withoutAugmentationTheReferenceIsTheBoxWithItsMargin() throws {
    var settings = TripletSettings(imageSize: 512, referenceSize: 90)
    settings.augmentation = .none
    let triplet = try triplets(1, settings)[0]
    #expect(triplet.augmentedExemplar == triplet.exemplar)
    // 70 + 2 · 10 pixels wide, so not resized; 60 + 2 · 10 high.
    let part = source.image.cropped(to: PixelRectangle(50, 30, 140, 110))
    let expected = part.resized(width: 90, height: 90, filter: .openCVBilinear)
    let difference = zip(triplet.exemplar.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(difference.max() ?? 9 <= 1)
  }

  @Test func givenMaskIsUsedAsItIs() throws {
    var mask = GrayImage(width: 64, height: 64, fill: 0)
    for y in 20..<44 { for x in 10..<30 { mask.pixels[y * 64 + x] = 255 } }
    mask.pixels[0] = 51  // grey outside: partly repainted, but no reason to move the bounds
    let image = Self.scene(64, 64, PixelRectangle(10, 20, 30, 44))
    let triplet = try triplets(
      1, TripletSettings(imageSize: 64, referenceSize: 32),
      TripletSource(image: image, boxes: [], mask: mask))[0]
    #expect(triplet.box == PixelRectangle(10, 20, 30, 44))
    for (ours, given) in zip(triplet.mask.values, mask.pixels) {
      #expect(abs(ours - (1 - Float(given) / 255)) < 1e-6)
    }
  }

  @Test func separateReferenceIsShownWhole() throws {
    var settings = TripletSettings(imageSize: 64, referenceSize: 48)
    settings.augmentation = .none
    var withReference = source
    withReference.references = [.init(picture: Image(width: 30, height: 70, fill: (0, 200, 0)))]
    let triplet = try triplets(1, settings, withReference)[0]
    #expect(triplet.exemplar == Image(width: 48, height: 48, fill: (0, 200, 0)))
  }

  @Test func tinyObjectsOnTheBorderHaveAHoleToo() throws {
    let settings = TripletSettings(imageSize: 64, referenceSize: 32, arbitraryMaskPercent: 1)
    let tiny = TripletSource(
      image: Image(width: 64, height: 64), boxes: [Box(63, 63, 64, 64), Box(0, 0, 0.5, 0.5)])
    for triplet in try triplets(200, settings, tiny) {
      #expect(triplet.mask.values.contains { $0 < 1 })
    }
  }

  @Test func theStreamAloneDecides() throws {
    let settings = TripletSettings(imageSize: 64, referenceSize: 32)
    let (first, second) = (try triplets(4, settings), try triplets(4, settings))
    for (a, b) in zip(first, second) {
      #expect(a.image == b.image && a.mask == b.mask && a.reference == b.reference)
    }
    #expect(first[0].reference != first[1].reference)
  }
}
