import Autograd
import Models
import Tensors
import TestSupport
import Testing
import Training

/// What makes an autoencoder sharp, against PyTorch (Tests/Golden/adversarial.py).
@Suite struct AdversarialTests {
  private let golden: Golden
  private let autoencoder = Component<Autoencoder>(GoldenModel.autoencoder)
  private let encoder = Component<ImageEncoder>(GoldenModel.imageEncoder)
  private let discriminator = Component { PatchDiscriminator($0, layers: 2, channels: 6) }
  private let adversary: AdversarialLoss

  init() throws {
    golden = try Golden("adversarial")
    try autoencoder.parameters.load(golden.group("vae"))
    try encoder.parameters.load(golden.group("encoder"))
    for (name, value) in golden.group("discriminator") {
      try #require(discriminator.parameters[name]).value = value
    }
    adversary = AdversarialLoss(discriminator, weight: 0.8)
  }

  private var features: Variable {
    autoencoder.network.decoderFeatures(Variable(golden["latents"]))
  }

  private func error(_ reconstruction: Variable) -> Variable {
    reconstruction.meanAbsoluteError(Variable(golden["pictures"]))
      + PerceptualLoss(encoder.network)(reconstruction, golden["pictures"]).scaled(by: 0.5)
  }

  private func expectGradients(
    _ gradients: Gradients, of store: ParameterStore, _ names: [String]
  ) throws {
    for name in names {
      let parameter = try #require(store[name])
      expectClose(try #require(gradients[parameter]), golden["grads/\(name)"], 2e-4, name)
    }
  }

  @Test func whatTheImageEncoderSees() {
    let reconstruction = autoencoder.network.picture(of: features)
    let found = PerceptualLoss(encoder.network)(reconstruction, golden["pictures"])
    expectClose(found.value.reshaped([1]), golden["loss/perceptual"], 1e-5)
    let none = PerceptualLoss(encoder.network)(Variable(golden["pictures"]), golden["pictures"])
    #expect(none.value.scalar == 0)
  }

  @Test func whatTheDiscriminatorJudges() {
    let judged = withBatchStatistics { discriminator.network(Variable(golden["pictures"])) }
    expectClose(judged.result.value, golden["judged"], 2e-5)
  }

  /// The discriminator's share is as large at the decoder's last layer as it is told to be, and its weights
  /// learn nothing of it.
  @Test func theAutoencoderLearnsToBeTakenForReal() throws {
    let (loss, _) = adversary.generatorLoss(autoencoder.network, features, error: error)
    expectClose(loss.value.reshaped([1]), golden["loss/generator"], 1e-5)
    let gradients = loss.gradients()
    try expectGradients(
      gradients, of: autoencoder.parameters,
      ["decoder.conv_in.weight", "decoder.conv_out.weight", "decoder.conv_out.bias"])
    for parameter in discriminator.parameters.parameters {
      #expect(gradients[parameter] == nil, "\(parameter.name)")
    }
  }

  @Test func theDiscriminatorLearnsToTell() throws {
    let made = autoencoder.network.picture(of: features).value
    let loss = adversary.discriminatorLoss(golden["pictures"], made)
    expectClose(loss.value.reshaped([1]), golden["loss/discriminator"], 1e-5)
    let names = golden.group("discriminator").keys.sorted()
    try expectGradients(loss.gradients(), of: discriminator.parameters, names)
  }

  @Test func aFrozenStoreLetsGradientsThroughAndThawsAsItWas() throws {
    let store = discriminator.parameters
    let trained = store.parameters.filter(\.isTrainable).map(\.name)
    let picture = Variable.leaf(golden["pictures"])
    let judged = store.frozen {
      withBatchStatistics { discriminator.network(picture) }.result.mean()
    }
    let gradients = judged.gradients()
    #expect(try #require(gradients[picture]).sumOfSquares() > 0)
    #expect(store.parameters.allSatisfy { gradients[$0] == nil })
    #expect(store.parameters.filter(\.isTrainable).map(\.name) == trained)
  }
}
