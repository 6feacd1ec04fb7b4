import Datasets
import Pictures
import Tensors
import Testing

/// The random choices behind triplets, against the published rules.
@Suite struct SynthesisPlanTests {
  static let photograph = (width: 1024, height: 768)
  static let object = PixelRectangle(x: 300, y: 200, width: 330, height: 260)

  /// Plans for one picture with one box.
  func plans(
    _ count: Int, _ settings: TripletSettings = TripletSettings(),
    _ size: (width: Int, height: Int) = photograph, box: PixelRectangle = object
  ) throws -> [TripletPlan] {
    let synthesizer = try TripletSynthesizer(settings)
    let source = TripletSource(
      image: Image(width: size.width, height: size.height), boxes: [box.box])
    return try (0..<count).map { i in
      var random = RandomStream(seed: 7, purpose: "plan", index: UInt64(i))
      return try synthesizer.plan(for: source, using: &random)
    }
  }

  /// Whether a count of successes lies within four standard deviations of its expectation.
  func isPlausible(_ successes: Int, of trials: Int, _ probability: Double) -> Bool {
    let deviation = (Double(trials) * probability * (1 - probability)).squareRoot()
    return abs(Double(successes) - Double(trials) * probability) <= 4 * deviation
  }

  @Test func boxGrowsByUpToFortyPercentOfTheRoom() throws {
    let plans = try plans(4000)
    let (box, size) = (Self.object, Self.photograph)
    let steps = [
      (plans.map { box.x - $0.region.x }, box.x),
      (plans.map { box.y - $0.region.y }, box.y),
      (plans.map { $0.region.right - box.right }, size.width - box.right),
      (plans.map { $0.region.bottom - box.bottom }, size.height - box.bottom),
    ]
    for (step, room) in steps {
      let limit = Int(0.4 * Double(room))
      #expect(step.min() == 0 && step.max() == limit, "\(limit)")
      let mean = Double(step.reduce(0, +)) / Double(step.count)
      #expect(abs(mean / (Double(limit) / 2) - 1) < 0.04)
    }
  }

  @Test(arguments: [Float(0), 0.5, 1])
  func shareOfFreeFormMasks(percent: Float) throws {
    let plans = try plans(
      2000,
      TripletSettings(
        imageSize: 512, referenceSize: 224,
        arbitraryMaskPercent: percent))
    let freeForm = plans.count { if case .polygon = $0.mask { true } else { false } }
    #expect(isPlausible(freeForm, of: 2000, Double(percent)))
    for case let plan in plans {
      if case .rectangle(let rectangle) = plan.mask { #expect(rectangle == plan.region) }
    }
  }

  @Test func officialCurvesKeepTenToSeventeenPointsAnEdgeAndFewOnStraightOnes() {
    var random = RandomStream(seed: 3, purpose: "edges")
    var bulging: [Int] = []
    for _ in 0..<500 {
      let (x, y) = (random.integer(100...300), random.integer(100...300))
      let box = PixelRectangle(
        x: x, y: y, width: random.integer(40...600), height: random.integer(40...400))
      let grown = PixelRectangle(
        box.x - random.integer(1...90), box.y - random.integer(1...90), box.right + 50,
        box.bottom + 50)
      bulging += MaskShape.edgeCurves(box, grown).map { $0.points(.official).count }
      for straight in MaskShape.edgeCurves(box, box) {
        #expect((1...6).contains(straight.points(.official).count))
        #expect(straight.points(.paper).count == 20)
      }
    }
    #expect(bulging.allSatisfy { (9...18).contains($0) })
    let mean = Double(bulging.reduce(0, +)) / Double(bulging.count)
    #expect(abs(mean - 13.7) < 0.4)  // 13.66 with the bezier package and official rules
  }

  @Test func jitterIsThatOfEachVariant() {
    // On a straight edge at y = 0 the jitter is all there is of y.
    let box = PixelRectangle(x: 100, y: 0, width: 400, height: 400)
    for variant in Variant.allCases {
      var random = RandomStream(seed: 5, purpose: "jitter")
      var offsets: [Int: Int] = [:]
      for _ in 0..<800 {
        let shape = MaskShape.freeForm(box, grown: box, variant, scale: 1, using: &random)
        guard case .polygon(let points) = shape else { continue }
        offsets[points[0].y, default: 0] += 1
      }
      let expected = variant == .official ? Array(-5...5) : Array(-5...(-1)) + Array(1...5)
      #expect(offsets.keys.sorted() == expected)
      for count in offsets.values {
        #expect(isPlausible(count, of: 800, 1 / Double(expected.count)))
      }
    }
  }

  @Test(arguments: [(1024, 768), (600, 1000), (300, 200)])
  func cropIsASquareAroundTheRegion(size: (Int, Int)) throws {
    let box = PixelRectangle(x: size.0 / 3, y: size.1 / 3, width: size.0 / 5, height: size.1 / 4)
    let plans = try plans(1500, TripletSettings(), size, box: box)
    let picture = PixelRectangle(x: 0, y: 0, width: size.0, height: size.1)
    for plan in plans {
      #expect(picture.contains(plan.crop) && plan.crop.contains(plan.region))
      #expect(plan.crop.width == plan.crop.height)
      #expect(plan.region.contains(plan.box))
    }
    // Unzoomed and well zoomed crops both occur, and crops at many places.
    let sides = plans.map(\.crop.width)
    #expect(sides.max() == min(size.0, size.1))
    #expect((sides.min() ?? 0) < min(size.0, size.1) * 9 / 10)
    #expect(Set(plans.map(\.crop.x)).count > 20)
  }

  @Test func aRegionThatFitsNoSquareSquashesTheWholePicture() throws {
    let wide = PixelRectangle(x: 50, y: 300, width: 900, height: 200)
    let plans = try plans(50, TripletSettings(), box: wide)
    #expect(plans.allSatisfy { $0.crop == PixelRectangle(x: 0, y: 0, width: 1024, height: 768) })
  }

  @Test func squarePicturesAreNeitherCroppedNorZoomed() throws {
    let box = PixelRectangle(x: 20, y: 20, width: 20, height: 20)
    let plans = try plans(50, TripletSettings(), (64, 64), box: box)
    #expect(plans.allSatisfy { $0.crop == PixelRectangle(x: 0, y: 0, width: 64, height: 64) })
  }

  @Test func exemplarHasTenPixelsAroundTheBoxOrNone() throws {
    let corner = PixelRectangle(x: 4, y: 300, width: 200, height: 468)
    let official = try plans(1, box: corner)[0]
    #expect(official.exemplar == PixelRectangle(0, 290, 214, 768))
    var settings = TripletSettings()
    settings.variant = .paper
    #expect(try plans(1, settings, box: corner)[0].exemplar == corner)
  }

  @Test func pixelLimitsShrinkOnlyForSmallModelsOnSmallPictures() {
    let official = TripletSettings()
    #expect(official.pixelScale(width: 1024, height: 768) == 1)
    #expect(official.pixelScale(width: 100, height: 80) == 1)
    let small = TripletSettings(imageSize: 64, referenceSize: 64)
    #expect(small.pixelScale(width: 1024, height: 768) == 1)
    #expect(small.pixelScale(width: 64, height: 64) == 0.125)
  }

  @Test func augmentationsOccurAsOftenAndAsStrongAsTheySay() throws {
    typealias Flip = AugmentationSettings.Flip
    typealias Elastic = AugmentationSettings.Elastic
    let all = try plans(4000).map(\.augmentation)
    let angles = all.compactMap { $0.step(AugmentationSettings.Rotate.Drawn.self)?.degrees }
    let radii = all.compactMap { $0.step(AugmentationSettings.Blur.Drawn.self)?.radius }
    #expect(isPlausible(all.count { $0.step(Flip.Drawn.self) != nil }, of: 4000, 0.5))
    #expect(isPlausible(angles.count, of: 4000, 0.5))
    #expect(isPlausible(radii.count, of: 4000, 0.3))
    #expect(isPlausible(all.count { $0.step(Elastic.Drawn.self) != nil }, of: 4000, 0.3))

    #expect(angles.allSatisfy { abs($0) <= 20 })
    for tenth in 0..<10 {
      let low = Float(tenth) * 4 - 20
      let inside = angles.count { $0 >= low && $0 < low + 4 }
      #expect(isPlausible(inside, of: angles.count, 0.1))
    }
    for radius in 1...3 {
      #expect(isPlausible(radii.count { $0 == radius }, of: radii.count, 1 / 3))
    }
    #expect(Set(radii) == [1, 2, 3])
  }

  @Test func switchingOneAugmentationOffLeavesTheOthersAsTheyWere() throws {
    var settings = TripletSettings()
    settings.augmentation.rotate.enabled = false
    let without = try plans(200, settings)
    for (plan, with) in zip(without, try plans(200)) {
      var expected = with
      expected.augmentation.steps.removeAll { $0 is AugmentationSettings.Rotate.Drawn }
      #expect(plan == expected)
    }
    settings.augmentation = .none
    for plan in try plans(100, settings) {
      #expect(plan.augmentation.steps.isEmpty)
    }
  }

  @Test func anyOfTheBoxesIsDrawnEquallyOften() throws {
    let synthesizer = try TripletSynthesizer(TripletSettings())
    let boxes = (0..<4).map { Box(Float($0) * 100, 50, Float($0) * 100 + 80, 150) }
    let source = TripletSource(image: Image(width: 500, height: 300), boxes: boxes)
    var counts: [Int: Int] = [:]
    for i in 0..<2000 {
      var random = RandomStream(seed: 1, purpose: "boxes", index: UInt64(i))
      counts[try synthesizer.plan(for: source, using: &random).box.x, default: 0] += 1
    }
    for x in [0, 100, 200, 300] { #expect(isPlausible(counts[x] ?? 0, of: 2000, 0.25)) }
  }

  @Test func whatHoldsNoExampleIsAnErrorThatSaysWhy() throws {
    let synthesizer = try TripletSynthesizer(TripletSettings())
    let image = Image(width: 40, height: 30)
    let white = GrayImage(width: 40, height: 30, fill: 255)
    let cases: [(TripletSource, String)] = [
      (TripletSource(image: image, boxes: []), "neither a box nor a mask"),
      (TripletSource(image: image, boxes: [Box(50, 5, 60, 9)]), "outside the picture of 40×30"),
      (TripletSource(image: image, boxes: [Box(9, 5, 3, 9)]), "is empty or outside"),
      (
        TripletSource(image: image, boxes: [], mask: GrayImage(width: 40, height: 30, fill: 0)),
        "no white pixel"
      ),
      (
        TripletSource(image: Image(width: 41, height: 30), boxes: [], mask: white),
        "40×30 pixels, its picture 41×30"
      ),
    ]
    for (source, words) in cases {
      var random = RandomStream(seed: 1, purpose: "bad")
      let error = #expect(throws: SynthesisError.self) {
        try synthesizer.plan(for: source, using: &random)
      }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
    var settings = TripletSettings()
    settings.augmentation.blur.largest = 4
    #expect(throws: SynthesisError.self) { try TripletSynthesizer(settings) }
    settings = TripletSettings()
    settings.augmentation.elastic.sigma = 2000
    let error = #expect(throws: SynthesisError.self) { try TripletSynthesizer(settings) }
    #expect(
      error?.description
        == "augmentation.elastic.sigma is 2000.0; it must be 0.1 to 1000 pixels")
  }
}
