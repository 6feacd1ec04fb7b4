import Foundation
import Testing
import Training

/// The files in `Configs/`.
@Suite struct ConfigsTests {
  private static let folder = repository.appending(path: "Configs")
  private static let ladder = [
    "baseline", "prior", "augmentation", "bottleneck", "classifier-free-guidance",
  ]

  private func load(_ names: String...) throws -> TrainingConfiguration.Loaded {
    try load(names)
  }

  private func load(_ names: [String]) throws -> TrainingConfiguration.Loaded {
    try TrainingConfiguration.load(
      files: names.map { Self.folder.appending(path: $0 + ".yaml").path })
  }

  @Test(arguments: [
    "demo-autoencoder", "demo-encoder", "demo", "scenes-autoencoder", "scenes-encoder", "scenes",
    "paper", "scenes-harmoniser", "scenes-tiny-decoder",
    "miniature/autoencoder", "miniature/clip", "miniature/prior", "miniature/harmoniser",
    "miniature/paint",
  ])
  func everyFileLoadsReadyToTrainAndSaysWhatItIsFor(_ name: String) throws {
    let loaded = try load(name)
    #expect(loaded.notes.isEmpty)
    try loaded.configuration.requireSources()
    let text = try String(
      contentsOf: Self.folder.appending(path: name + ".yaml"), encoding: .utf8)
    #expect(text.hasPrefix("# "))
  }

  @Test(arguments: [
    ("demo-autoencoder", "demo"), ("scenes-autoencoder", "scenes"),
  ])
  func modelsFitTheirAutoencoders(_ autoencoder: String, _ model: String) throws {
    let first = try load(autoencoder).configuration
    let second = try load(model).configuration
    var sizes = second.networks.autoencoder
    sizes.scalingFactor = first.networks.autoencoder.scalingFactor
    #expect(sizes == first.networks.autoencoder)
    #expect(second.networks.unet.sampleSize == 16)
    #expect(second.diffusion.parameterization == .velocity)
    #expect(!second.diffusion.zeroesTransformerOutput)
  }

  /// What has learnt already is not changed by the diffusion loss.
  @Test(arguments: [
    ("demo-encoder", "demo"), ("scenes-encoder", "scenes"),
  ])
  func modelsTakeTheirImageEncodersAsTheyAre(_ encoder: String, _ model: String) throws {
    let (first, second) = (try load(encoder).configuration, try load(model).configuration)
    #expect(first.networks.imageEncoder == second.networks.imageEncoder)
    #expect(second.diffusion.imageEncoderTraining == .mapper)
    #expect(second.initialize.imageEncoder != nil && second.initialize.imageEncoder != .random)
  }

  /// What makes a decoder sharp leaves the latents that the model learns from as they are.
  @Test(arguments: ["scenes", "demo"])
  func theSharpDecoderKeepsItsLatents(_ model: String) throws {
    let first = try load("\(model)-autoencoder").configuration
    let second = try load(["\(model)-autoencoder", "\(model)-decoder"])
    #expect(second.notes.isEmpty)
    try second.configuration.requireSources()
    #expect(second.configuration.networks.autoencoder == first.networks.autoencoder)
    #expect(second.configuration.autoencoder.trainedPart == .decoder)
    // A discriminator needs longer than the demo has.
    #expect((second.configuration.autoencoder.adversary.weight > 0) == (model == "scenes"))
    #expect(second.configuration.autoencoder.perceptualWeight > 0)
    let encoder = try load("\(model)-encoder").configuration.networks.imageEncoder
    #expect(second.configuration.networks.imageEncoder == encoder)
  }

  /// Latents that forgive noise are of the same sizes, so that the model can learn them from what it knows.
  @Test func theForgivingLatentsFitTheModel() throws {
    let first = try load("scenes-autoencoder").configuration
    let second = try load("scenes-autoencoder", "scenes-latents")
    #expect(second.notes.isEmpty)
    try second.configuration.requireSources()
    #expect(second.configuration.networks.autoencoder == first.networks.autoencoder)
    #expect(second.configuration.autoencoder.trainedPart == .all)
    #expect(second.configuration.autoencoder.klWeight > 1000 * first.autoencoder.klWeight)
    let encoder = try load("scenes-encoder").configuration.networks.imageEncoder
    #expect(second.configuration.networks.imageEncoder == encoder)
  }

  /// What `make paper` trains fits together: the method starts from the prior and from its own CLIP.
  @Test func theMiniaturesFitEachOther() throws {
    let (prior, paint) = (try load("miniature/prior"), try load("miniature/paint"))
    var unet = prior.configuration.networks.unet
    #expect(unet.inChannels == 4)
    unet.inChannels = 9
    #expect(unet == paint.configuration.networks.unet)
    let predictions = [prior, paint].map(\.configuration.diffusion.parameterization)
    #expect(predictions[0] == predictions[1])
    let clip = try load("miniature/clip").configuration
    #expect(clip.clip.hiddenSize == unet.crossAttentionDimension)
    var tower = paint.configuration.networks.imageEncoder
    tower.projectionDimension = clip.networks.imageEncoder.projectionDimension
    #expect(tower == clip.networks.imageEncoder)
    let autoencoder = try load("miniature/autoencoder").configuration.networks.autoencoder
    #expect(
      autoencoder.blockOutChannels == paint.configuration.networks.autoencoder.blockOutChannels)
  }

  /// A training that goes on is of the same model, from its weights.
  @Test func theLongerTrainingGoesOnFromTheModel() throws {
    let (first, loaded) = (try load("scenes").configuration, try load("scenes", "scenes-longer"))
    #expect(loaded.notes.isEmpty)
    let second = loaded.configuration
    try second.requireSources()
    #expect(second.networks == first.networks && second.data == first.data)
    #expect(second.initialize.model == .folder("runs/scenes/model"))
    #expect(second.initialize.unet == nil && second.initialize.imageEncoder == nil)
  }

  /// What distils a model fits it: the files are read one after the other.
  @Test(arguments: [("scenes", "scenes-few-steps")])
  func distillationFitsItsTeacher(_ model: String, _ overlay: String) throws {
    let (teacher, loaded) = (try load(model).configuration, try load(model, overlay))
    #expect(loaded.notes.isEmpty)
    let student = loaded.configuration
    try student.requireSources()
    #expect(student.networks.unet == teacher.networks.unet)
    #expect(student.distillation.guidance == [teacher.samples.scale, teacher.samples.scale])
    #expect(student.initialize.model == .folder(student.distillation.teacher ?? ""))
    #expect(student.initialize.unet == nil && student.initialize.autoencoder == nil)
    #expect(student.samples.sampler == .lcm && student.samples.scale == 1)
  }

  @Test func theAblationInMiniatureEndsAtTheWholeMethod() throws {
    let files = Self.ladder.map { "ablations/" + $0 }
    let steps = try (1...5).map { try load(["miniature/paint"] + files.prefix($0)).configuration }
    let whole = try load("miniature/paint").configuration
    #expect(steps.map(\.networks.imageEncoder.contextTokens) == [65, 65, 65, 1, 1])
    #expect(steps.map(\.diffusion.nullProbability) == [0, 0, 0, 0, 0.2])
    #expect(steps[4].data == whole.data && steps[4].networks == whole.networks)
    #expect(steps[4].diffusion == whole.diffusion)
  }

  @Test func theAblationEndsAtThePaper() throws {
    let files = Self.ladder.map { "ablations/" + $0 }
    #expect(try load(["paper"] + files).configuration == load("paper").configuration)
  }

  @Test func eachStepOfTheAblationAddsItsPart() throws {
    let files = Self.ladder.map { "ablations/" + $0 }
    let steps = try (1...5).map { try load(["paper"] + files.prefix($0)).configuration }
    #expect(
      steps.map(\.initialize.unet).map { $0 == .random } == [true, false, false, false, false])
    #expect(
      steps.map(\.data.train.triplets.augmentation.rotate.enabled)
        == [false, false, true, true, true])
    #expect(
      steps.map(\.data.train.triplets.arbitraryMaskPercent) == [0, 0, 0.5, 0.5, 0.5])
    #expect(steps.map(\.networks.imageEncoder.contextTokens) == [257, 257, 257, 1, 1])
    #expect(steps.map(\.diffusion.nullProbability) == [0, 0, 0, 0, 0.2])
  }

  @Test func thePaperIsTheOfficialFileWithThePapersRules() throws {
    var paper = try load("paper").configuration
    let official = TrainingConfiguration()
    #expect(paper.variant == .paper)
    #expect(paper.diffusion.nullCondition == .sample)
    paper.diffusion.nullCondition = .batch
    #expect(paper.diffusion == official.diffusion)
    #expect(paper.networks == official.networks)
  }
}
