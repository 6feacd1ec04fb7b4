import Autograd
import Foundation
import Models
import Pictures
import Support
import Tensors
import TestSupport
import Testing

/// DCCF's networks and filters, against PyTorch (Tests/Golden/harmonisation.py).
@Suite struct HarmoniserTests {
  private static let golden = Result { try Golden("harmonisation") }
  private static let names = ["issam", "idih"]

  static func sizes(_ name: String) -> HarmoniserConfiguration {
    var sizes = HarmoniserConfiguration(name == "issam" ? .issam : .idih)
    (sizes.depth, sizes.channels, sizes.sampleSize) = (4, 8, name == "issam" ? 16 : 32)
    return sizes
  }

  private func golden(_ name: String) throws -> Golden { try Self.golden.get() }

  @Test(arguments: names) func settingsAreThoseOfPyTorch(_ name: String) throws {
    let golden = try golden(name)
    let network = Hashed.harmoniser(Self.sizes(name)).network
    let settings = withoutGradients {
      network.settings(
        golden["\(name)/picture"].slice(0..<1, axis: 0),
        masks: golden["\(name)/mask"].slice(0..<1, axis: 0))
    }
    expectClose(settings.numbers.value, golden["\(name)/numbers"], 1e-4, "numbers")
    expectClose(settings.attention.value, golden["\(name)/attention"], 1e-4, "attention")
  }

  /// Settings enlarged bicubically, filters at the picture's own size.
  @Test(arguments: names) func largerPicturesAreThoseOfPyTorch(_ name: String) throws {
    let golden = try golden(name)
    let settings = FilterSettings(
      numbers: Variable(golden["\(name)/numbers"]),
      attention: Variable(golden["\(name)/attention"]), curvePoints: 8)
    let large = golden["\(name)/large"]
    expectClose(settings.enlarged(to: large), golden["\(name)/full"], 1e-4)
    expectSameOnAnyThreads { settings.enlarged(to: large) }
  }

  /// A picture of the network's size is the same, filtered as in training or as in use.
  @Test func bothWaysToFilterAgree() throws {
    let golden = try golden("issam")
    let settings = FilterSettings(
      numbers: Variable(golden["issam/numbers"]),
      attention: Variable(golden["issam/attention"]), curvePoints: 8)
    let picture = golden["issam/picture"].slice(0..<1, axis: 0)
    let result = withoutGradients { settings.applied(to: picture).result.value }
    expectClose(settings.enlarged(to: picture), result.clamped(0, 1), 1e-6)
  }

  /// A state dict of the published names tells its own sizes, wrapped or not; what DCCF does not use is
  /// passed over.
  @Test(arguments: names, ["", "module."])
  func stateDictsAreReadByTheirNames(_ name: String, _ wrapper: String) throws {
    let folder = try TemporaryFolder()
    let network = Hashed.harmoniser(Self.sizes(name))
    var weights = network.parameters.weights
    weights["decoder.to_rgb.weight"] = Tensor(zeros: [3, 8, 1, 1])
    weights["encoder.blocks_connected.block2.norm.num_batches_tracked"] = Tensor(7)
    let file = folder.path("weights.safetensors")
    let wrapped = weights.map { (wrapper + $0.key, $0.value) }
    try Safetensors.write(Dictionary(uniqueKeysWithValues: wrapped), to: file)
    let read = try Harmoniser.load(from: file)
    #expect(read.parameters.weights == network.parameters.weights)
    var expected = Self.sizes(name)
    expected.sampleSize = 256
    if name == "idih" { expected.attendFrom = -1 }
    #expect(read.network.configuration == expected)
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let folder = try TemporaryFolder()
    var weights = Hashed.harmoniser(Self.sizes("issam")).parameters.weights
    weights["decoder.strange.weight"] = Tensor(zeros: [2])
    weights["get_refine.bias"] = nil
    let file = folder.path("weights.safetensors")
    try Safetensors.write(weights, to: file)
    let error = try #require(throws: EvaluatorError.self) { try Harmoniser.load(from: file) }
    #expect("\(error)".contains("decoder.strange.weight") && "\(error)".contains("get_refine.bias"))
    try Safetensors.write(["unrelated": Tensor(zeros: [2])], to: file)
    let other = try #require(throws: EvaluatorError.self) { try Harmoniser.load(from: file) }
    #expect("\(other)".contains("not a harmoniser"))
  }

  /// Only the object's pixels change, whatever the network says of others.
  @Test func theRestOfThePictureStays() throws {
    let network = Hashed.harmoniser(Self.sizes("issam")).network
    let picture = Hashed.picture("harmonised", width: 37, height: 29)
    let isObject = (0..<37 * 29).map { (10..<20).contains($0 % 37) && (5..<21).contains($0 / 37) }
    let result = network.harmonised(picture, inside: isObject)
    let changed = isObject.indices.filter { i in
      result.pixels[3 * i..<3 * i + 3] != picture.pixels[3 * i..<3 * i + 3]
    }
    #expect(!changed.isEmpty && changed.allSatisfy { isObject[$0] })
  }

  /// A network that has learnt nothing keeps hue, saturation and value.
  @Test func filtersStartFromIdentity() throws {
    let component = Component<Harmoniser>(seed: 1) { Harmoniser($0, Self.sizes("issam")) }
    component.network.startFromIdentity()
    let golden = try golden("issam")
    let picture = golden["issam/picture"]
    let stages = withoutGradients {
      component.network.settings(picture, masks: golden["issam/mask"]).applied(to: picture).stages
    }
    let error = Deviation(
      stages.value.slice(0..<8, axis: 3), from: picture.stages.slice(0..<8, axis: 3))
    #expect(error.error < 0.3, "\(error)")
  }
}
