import Evaluation
import Foundation
import Models
import Pictures
import Support
import Tensors
import TestSupport
import Testing

/// The pictures of Tests/Golden/encoders.py.
private let pictures: [String: Image] = [
  "wide": Hashed.picture("wide", width: 70, height: 50),
  "tall": Hashed.picture("tall", width: 37, height: 91),
  "square": Hashed.picture("square", width: 32, height: 32),
  "large": Hashed.picture("large", width: 310, height: 221),
]

private func picture(_ name: String) throws -> Image { try #require(pictures[name]) }

@Suite struct CLIPEncoderTests {
  private let golden: Golden
  private let inOrder: [Image]

  init() throws {
    golden = try Golden("encoders")
    inOrder = try ["wide", "tall", "square", "large"].map(picture)
  }

  private static func fixture(_ name: String) -> String { Golden.file("encoders/\(name)").path }

  @Test(arguments: [
    ("clip", "clip"), ("clip/model.safetensors", "clip"), ("clip_vision", "clip"),
    ("original.pt", "original"),
  ])
  func featuresAreThoseOfTransformersWhicheverFilesTheWeightsAreIn(
    _ file: String, _ expected: String
  ) throws {
    let encoder = try CLIPEncoder(at: Self.fixture(file))
    #expect(encoder.dimension == 24 && encoder.pictureSize == 32)
    expectClose(try encoder.features(inOrder), golden["\(expected)/features"], 1e-5)
  }

  @Test func contentHashNamesTheWeightsAndNotTheirFile() throws {
    let hashes = try ["clip", "clip_vision", "original.pt"].map {
      try CLIPEncoder(at: Self.fixture($0)).contentHash
    }
    #expect(hashes[0] == hashes[1])
    #expect(hashes[0] != hashes[2], "a network of other heads is another one")
  }

  @Test func aPicturesFeaturesDependNeitherOnTheOthersNorOnTheThreads() throws {
    let encoder = try CLIPEncoder(at: Self.fixture("clip"))
    let together = try encoder.features(inOrder)
    _ = try onThreads([1, 3]) { _ in
      let alone = try inOrder.map { try encoder.features([$0]) }
      #expect(Tensor.concatenated(alone, axis: 0) == together)
      let reversed = try encoder.features(inOrder.reversed())
      #expect(reversed.slice(0..<1, axis: 0) == alone[3])
    }
    #expect(try encoder.features([]).shape == [0, 24])
  }

  @Test func wholePicturesArePreparedAsByCLIP() throws {
    for (name, picture) in pictures {
      expectClose(try Tensor(clip: picture, size: 32), golden["whole/\(name)"], 1e-6, name)
    }
  }

  @Test func cropsAndReferencesArePreparedAsForTheOfficialScore() throws {
    var mask = GrayImage(width: 70, height: 50, fill: 0)
    mask.draw(GrayImage(width: 36, height: 30, fill: 254), x: 8, y: 3)
    mask.draw(GrayImage(width: 32, height: 26, fill: 255), x: 10, y: 5)
    let box = try #require(mask.clipScoreBox)
    #expect(box == PixelRectangle(x: 10, y: 5, width: 31, height: 25), "less a row and a column")
    let wide = try picture("wide")
    expectClose(
      Tensor(clipScoreResult: wide, box: box, size: 32), golden["score/result"], 1e-5)
    expectClose(
      Tensor(clipScoreReference: wide, size: 32), golden["score/reference"], 1e-6)
    let encoder = try CLIPEncoder(at: Self.fixture("clip"))
    #expect(try encoder.clipScoreFeatures(results: [(wide, box)]).shape == [1, 24])
    #expect(try encoder.clipScoreFeatures(references: [wide, wide]).shape == [2, 24])
  }

  @Test func masksWithoutAnInsideHaveNoScoreBox() {
    var mask = GrayImage(width: 4, height: 4, fill: 254)
    #expect(mask.clipScoreBox == nil)
    mask.pixels[5] = 255
    #expect(mask.clipScoreBox == nil, "one pixel: nothing is left of it")
    mask.pixels[8] = 255
    #expect(mask.clipScoreBox == nil, "the last pixel is left of the first")
  }

  @Test func elongatedPicturesAreRefusedBeforeTheyExhaustTheMemory() throws {
    let encoder = try CLIPEncoder(at: Self.fixture("clip"))
    let line = Image(width: 1, height: 100_000)
    #expect(throws: EncoderError.tooElongated(width: 1, height: 100_000)) {
      try encoder.features([line])
    }
  }

  @Test func wrongFilesAreExplained() throws {
    let folder = try TemporaryFolder()
    func message(_ path: String) -> String {
      do {
        _ = try CLIPEncoder(at: path)
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(message("/nowhere/clip").contains("/nowhere/clip: no such file"))
    #expect(message(folder.url.path).contains("has no config.json"))
    let alone = folder.file("model.safetensors").path
    try FileManager.default.copyItem(atPath: Self.fixture("clip/model.safetensors"), toPath: alone)
    #expect(message(alone).contains("there is no config.json beside it"))
    let strange = folder.file("strange.safetensors").path
    try Safetensors.write(["weight": Tensor([1], [1])], to: strange)
    #expect(message(strange).contains("not a CLIP with a vision transformer"))

    var weights = try openTensors(Self.fixture("original.pt")).tensors()
    weights["visual.ln_post.bias"] = nil
    weights["visual.extra"] = Tensor([1], [1])
    try Safetensors.write(weights, to: strange)
    let mismatch = message(strange)
    #expect(mismatch.contains("visual.ln_post.bias") && mismatch.contains("visual.extra"))
    weights["visual.extra"] = nil
    weights["visual.ln_post.bias"] = Tensor(full: [64], .nan)
    try Safetensors.write(weights, to: strange)
    #expect(message(strange).contains("NaN or infinity in 1 weights (visual.ln_post.bias)"))
  }
}

@Suite struct InceptionEncoderTests {
  @Test(arguments: InceptionResize.allCases)
  func picturesArePreparedAsByTheResizeOfThatName(_ resize: InceptionResize) throws {
    let golden = try Golden("encoders")
    for name in ["wide", "large"] {
      let prepared = Tensor(inception: try picture(name), resize: resize)
      #expect(prepared.shape == [1, 299, 299, 3])
      expectClose(
        every13th(prepared), golden["\(resize.rawValue)/\(name)"], 1e-5, "\(resize) \(name)")
    }
  }

  private func every13th(_ picture: Tensor) -> Tensor {
    let (places, values) = (Array(stride(from: 0, to: 299, by: 13)), picture.values)
    let chosen = places.flatMap { y in
      places.flatMap { x in (0..<3).map { values[(y * 299 + x) * 3 + $0] } }
    }
    return Tensor([1, places.count, places.count, 3], chosen)
  }

  /// The whole network, of full size: the weights are made from their names.
  @Test func featuresAreThoseOfPyTorchAndDependOnNothingElse() throws {
    let golden = try Golden("encoders")
    var file = Hashed.inception()
    file.tensors["fc.weight"] = Tensor(zeros: [1008, 1])
    file.tensors["Mixed_5b.branch1x1.bn.num_batches_tracked"] = Tensor(0)
    let clean = try InceptionEncoder(file, resize: .clean)
    #expect(
      clean.identifier == "InceptionV3 (FID weights), pool of 2048, resize clean, (x − 128) / 128")
    let (wide, large) = (try picture("wide"), try picture("large"))
    let both = try clean.features([large, wide])
    expectClose(both.slice(0..<1, axis: 0), golden["inception/clean/large"], 1e-4, "clean large")
    expectClose(both.slice(1..<2, axis: 0), golden["inception/clean/wide"], 1e-4, "clean wide")
    let legacy = clean.resizing(.legacy)
    expectClose(
      try legacy.features([large]), golden["inception/legacy/large"], 1e-4, "legacy large")
    #expect(legacy.identifier.hasSuffix("resize legacy"))
    #expect(legacy.contentHash == clean.contentHash)

    let alone = try onThreads([1]) { _ in try clean.features([wide]) }
    #expect(alone == [both.slice(1..<2, axis: 0)])
  }

  @Test func torchvisionsWeightsAreToldFromTheFIDs() throws {
    var file = Hashed.inception()
    file.tensors["fc.weight"] = Tensor(zeros: [1000, 1])
    #expect(try InceptionEncoder(file, resize: .clean).identifier.contains("not the FID's"))
  }

  @Test func otherWeightsAreListed() throws {
    var file = Hashed.inception()
    file.tensors["Mixed_7c.branch_pool.conv.weight"] = nil
    file.tensors["stranger"] = Tensor(0)
    let error = #expect(throws: EvaluatorError.self) {
      try InceptionEncoder(file, resize: .clean)
    }
    let message = error.map { "\($0)" } ?? ""
    #expect(message.contains("Mixed_7c.branch_pool.conv.weight") && message.contains("stranger"))
  }
}
