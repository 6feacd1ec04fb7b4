import Datasets
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

/// How often an object is shown to the encoder, and whether alone.
@Suite struct ViewTests {
  /// Grey, with an object that fills its box (10, 8, 30, 28) but for a triangle of its corner.
  private static let picture: Image = {
    var picture = Image(width: 60, height: 40, fill: (60, 60, 60))
    for (i, level) in mask.pixels.enumerated() where level == 255 {
      for (channel, value) in [200, 20, UInt8(i % 60 * 4)].enumerated() {
        picture.pixels[3 * i + channel] = value
      }
    }
    return picture
  }()

  private static let mask = GrayImage(
    width: 60, height: 40,
    pixels: (0..<2400).map { i in
      let (x, y) = (i % 60, i / 60)
      return (10..<30).contains(x) && (8..<28).contains(y) && x - 10 + y - 8 >= 10 ? 255 : 0
    })

  private func source(
    _ references: [TripletSource.Exemplar] = [], masks: [GrayImage?] = []
  ) -> TripletSource {
    var source = TripletSource(image: Self.picture, boxes: [Box(10, 8, 30, 28)])
    (source.references, source.objectMasks) = (references, masks)
    return source
  }

  private func settings(views: Int = 1, masked: Float = 0) -> TripletSettings {
    var settings = TripletSettings(imageSize: 32, referenceSize: 24)
    (settings.mostViews, settings.referenceMaskProbability) = (views, masked)
    return settings
  }

  private func plans(
    _ count: Int, _ settings: TripletSettings, _ source: TripletSource
  ) throws -> [TripletPlan] {
    let synthesizer = try TripletSynthesizer(settings)
    return try (0..<count).map { i in
      var random = RandomStream(seed: 4, purpose: "views", index: UInt64(i))
      return try synthesizer.plan(for: source, using: &random)
    }
  }

  @Test func moreViewsAndMasksChangeNothingElse() throws {
    let plain = try plans(50, settings(), source())
    for (plan, more) in zip(plain, try plans(50, settings(views: 3, masked: 1), source())) {
      var first = more
      first.views = [more.views[0]]
      first.views[0].isCutOut = false
      #expect(first == plan && more.views.count == 3)
    }
  }

  @Test func anObjectThatIsShownOnceIsAugmentedAnewForEachView() throws {
    let synthesizer = try TripletSynthesizer(settings(views: 3))
    let plans = try plans(20, settings(views: 3), source())
    for plan in plans {
      let exemplars = (0..<3).map { synthesizer.exemplar(plan, source(), view: $0) }
      #expect(exemplars[0] == exemplars[1] && exemplars[1] == exemplars[2])
      #expect(plan.views.allSatisfy { $0.reference == nil })
    }
    // Now and then nothing is drawn for two of them.
    #expect(plans.count { Set($0.views.map { "\($0.augmentation)" }).count == 3 } > 10)
  }

  @Test func severalReferencesAreViewsOfWhichNoneComesTwiceBeforeAllHaveCome() throws {
    let four = (0..<4).map { number in
      TripletSource.Exemplar(picture: Image(width: 9, height: 9, fill: (UInt8(number), 0, 0)))
    }
    let drawn = try plans(400, settings(views: 3), source(four)).map { $0.views.map(\.reference) }
    #expect(drawn.allSatisfy { Set($0).count == 3 && !$0.contains(nil) })
    for number in 0..<4 {
      let first = drawn.count { $0[0] == number }
      #expect((60...140).contains(first), "each as likely")
    }
    let two = try plans(50, settings(views: 4), source(Array(four[..<2])))
    #expect(two.allSatisfy { Set($0.views.prefix(2).map(\.reference)) == [0, 1] })
    #expect(two.allSatisfy { $0.views[0].reference == $0.views[2].reference })
    let synthesizer = try TripletSynthesizer(settings())
    let plan = try plans(1, settings(), source(four))[0]
    let shown = synthesizer.exemplar(plan, source(four)).pixels[0]
    #expect(Int(shown) == plan.views[0].reference)
  }

  // MARK: Masks

  @Test func anObjectAloneIsCutToItsMaskAndStandsOnTheMeanColour() throws {
    let synthesizer = try TripletSynthesizer(settings(masked: 1))
    let masked = source(masks: [Self.mask])
    let plan = try plans(1, settings(masked: 1), masked)[0]
    let object = try #require(Self.picture.object(in: Self.mask))
    let whole = PixelRectangle(x: 0, y: 0, width: object.width, height: object.height)
    #expect(
      synthesizer.exemplar(plan, masked)
        == object.stretched(whole, to: 24, antialias: false))
    #expect(synthesizer.exemplar(plan, masked).pixels.prefix(3) == [123, 117, 104])
    #expect(synthesizer.exemplar(plan, source()) != synthesizer.exemplar(plan, masked))
  }

  @Test func aReferenceAloneIsCutToItsOwnMask() throws {
    let synthesizer = try TripletSynthesizer(settings(masked: 1))
    let masked = source([.init(picture: Self.picture, mask: Self.mask)])
    let plan = try plans(1, settings(masked: 1), masked)[0]
    #expect(synthesizer.exemplar(plan, masked).pixels.prefix(3) == [123, 117, 104])
  }

  @Test func theShareOfObjectsThatAreShownAloneIsTheSettings() throws {
    let plans = try plans(2000, settings(views: 2, masked: 0.5), source(masks: [Self.mask]))
    for view in 0..<2 {
      let cut = plans.count { $0.views[view].isCutOut }
      #expect(abs(cut - 1000) < 90, "\(cut)")
    }
    #expect(plans.contains { $0.views[0].isCutOut != $0.views[1].isCutOut })
  }

  @Test func aMaskStandsInForABox() throws {
    var source = source(masks: [Self.mask])
    source.boxes = []
    let plan = try plans(1, settings(), source)[0]
    #expect(plan.box == PixelRectangle(x: 10, y: 8, width: 20, height: 20) && plan.object == nil)
  }

  @Test func masksThatDoNotFitAreErrorsWhicheverIsDrawn() throws {
    let other = GrayImage(width: 20, height: 20, fill: 255)
    let empty = GrayImage(width: 60, height: 40, fill: 0)
    for (source, problem) in [
      (source(masks: [other]), "the mask has 20×20 pixels, its picture 60×40"),
      (source(masks: [empty]), "a mask of an object has no white pixel"),
      (source([.init(picture: Self.picture, mask: other)]), "the mask has 20×20 pixels"),
      (
        source([.init(picture: Self.picture), .init(picture: Self.picture, mask: empty)]),
        "no white pixel"
      ),
    ] {
      for index in 0..<8 {
        var random = RandomStream(seed: 1, purpose: "faults", index: UInt64(index))
        let synthesizer = try TripletSynthesizer(settings())
        let error = #expect(throws: SynthesisError.self) {
          try synthesizer.plan(for: source, using: &random)
        }
        #expect(error?.description.contains(problem) == true)
      }
    }
  }

  /// A harmoniser learns from objects, not from holes, where the data knows them.
  @Test func anObjectsMaskIsWhatIsRecoloured() throws {
    let folder = try TemporaryFolder()
    let square = Self.picture.cropped(to: PixelRectangle(x: 0, y: 0, width: 40, height: 40))
    let mask = Self.mask.cropped(to: PixelRectangle(x: 0, y: 0, width: 40, height: 40))
    try square.writePNG(to: folder.path("a.png"))
    try mask.writePNG(to: folder.path("m.png"))
    var record = DatasetRecord(
      image: folder.path("a.png"), boxes: [Box(10, 8, 30, 28)],
      objectMasks: [folder.path("m.png")])
    var sizes = settings()
    sizes.imageSize = 40
    func drawn() throws -> [Float] {
      let producer = try HarmonyProducer(sizes, Recolouring())
      return try BatchSource(producer, count: 1, batchSize: 1, seed: 1) { [record] _ in record }
        .batch(at: DataPosition()).mask.values
    }
    #expect(try drawn() == mask.pixels.map { $0 == 255 ? 1 : 0 })
    record.objectMasks = []
    #expect(try drawn() != mask.pixels.map { $0 == 255 ? 1 : 0 })
  }

  // MARK: Files

  @Test func aRecordsFilesAreReadAndBatchesHaveAllViews() throws {
    let folder = try TemporaryFolder()
    try Self.picture.writePNG(to: folder.path("a.png"))
    try Self.mask.writePNG(to: folder.path("m.png"))
    let record = DatasetRecord(
      image: folder.path("a.png"), boxes: [Box(10, 8, 30, 28)],
      references: [
        ExemplarFiles(picture: folder.path("a.png"), mask: folder.path("m.png")),
        ExemplarFiles(picture: folder.path("a.png")),
      ], objectMasks: [folder.path("m.png")])
    let source = try BatchSource(
      TripletProducer(settings(views: 3, masked: 1)), count: 1, batchSize: 2, seed: 1
    ) { _ in record }
    let batch = try source.batch(at: DataPosition())
    #expect(batch.furtherViews.map(\.shape) == [[2, 24, 24, 3], [2, 24, 24, 3]])
    #expect(batch.furtherViews[0] != batch.reference)
    // Where nobody asks for masks, they are not read.
    try FileManager.default.removeItem(atPath: folder.path("m.png"))
    #expect(try TripletSource(record).objectMasks.isEmpty)
    #expect(throws: ImageError.self) { try TripletSource(record, readsObjectMasks: true) }
  }
}
