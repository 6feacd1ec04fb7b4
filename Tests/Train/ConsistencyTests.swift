import Autograd
import Foundation
import Inference
import Models
import Support
import Tensors
import TestSupport
import Testing
import Training

/// Distillation to few steps.
@Suite struct ConsistencyTests {
  // MARK: The loss

  /// The loss of a small UNet and its gradients are those of PyTorch with diffusers' schedulers
  /// (Tests/Golden/consistency.py).
  @Test(arguments: Prediction.allCases, DistillationConfiguration.Loss.allCases)
  func lossAndGradientsAreThoseOfPyTorch(
    _ prediction: Prediction, _ loss: DistillationConfiguration.Loss
  ) throws {
    let golden = try Golden("consistency")
    let (model, teacher) = (try model(golden, prediction), try unet(golden, "teacher"))
    var settings = DistillationConfiguration()
    settings.loss = loss
    let distillation = ConsistencyDistillation(model, teacher: teacher.network, settings)
    var average = MovingAverage(model.unet.parameters.parameters, decay: 0.95)
    let averages = golden.group("average")
    average.values = try average.parameters.map { try #require(averages[$0.name]) }
    let before = model.unet.parameters.weights
    let found = distillation.loss(
      inputs(golden), draw(golden), condition: golden["data/condition"], average: average)
    let name = "\(prediction.rawValue)/\(loss.rawValue)"
    expectClose(found.value.reshaped([1]), golden["\(name)/loss"], 1e-5, name)
    let gradients = found.gradients()
    for key in ["conv_in.weight", "conv_out.weight", "mid_block.resnets.0.conv1.weight"] {
      let parameter = try #require(model.unet.parameters[key])
      expectClose(
        try #require(gradients[parameter]), golden["\(name)/\(key)"], 2e-4, "\(name) \(key)")
    }
    #expect(model.unet.parameters.weights == before, "the averages are only lent")
  }

  @Test(arguments: Prediction.allCases)
  func withoutAveragesTheStudentFollowsItself(_ prediction: Prediction) throws {
    let golden = try Golden("consistency")
    let distillation = ConsistencyDistillation(
      try model(golden, prediction), teacher: try unet(golden, "teacher").network,
      DistillationConfiguration())
    let found = distillation.loss(
      inputs(golden), draw(golden), condition: golden["data/condition"], average: nil)
    expectClose(found.value.reshaped([1]), golden["\(prediction.rawValue)/own/loss"], 1e-5)
  }

  private func unet(_ golden: Golden, _ name: String) throws -> Component<UNet> {
    var configuration = UNetConfiguration()
    configuration.blockOutChannels = [8, 8]
    configuration.layersPerBlock = 1
    configuration.attentionLevels = [true, false]
    configuration.attentionHeads = 2
    configuration.crossAttentionDimension = 12
    configuration.normGroups = 4
    let unet = Component<UNet>(configuration)
    try unet.parameters.load(golden.group(name))
    return unet
  }

  private func model(_ golden: Golden, _ prediction: Prediction) throws -> PaintByExampleModel {
    PaintByExampleModel(
      unet: try unet(golden, "student"), autoencoder: Component(GoldenModel.autoencoder),
      conditioner: FixedConditioner(nullTokens: golden["data/null"]), schedule: NoiseSchedule(),
      prediction: prediction, latentScale: 1)
  }

  private func inputs(_ golden: Golden) -> LatentInputs {
    LatentInputs(
      latents: golden["data/latents"], maskedLatents: golden["data/masked"],
      mask: golden["data/mask"])
  }

  private func draw(_ golden: Golden) -> ConsistencyDistillation.Draw {
    ConsistencyDistillation.Draw(
      starts: [19, 499, 999], scales: [1, 3.5, 6], noise: golden["data/noise"])
  }

  // MARK: Runs

  private func settings(_ training: TinyTraining, _ others: [String] = []) -> [String] {
    [
      "objective=consistency-distillation", "initialize.vae=null",
      "model.params.distillation_config.teacher=\(training.path("teacher"))",
      "samples.sampler=lcm", "samples.scale=1",
    ] + others
  }

  @Test(arguments: [
    [], ["model.params.ema_decay=null"],
    ["lightning.trainer.accumulate_grad_batches=2", "data.params.cache_latents=true"],
    ["model.params.lora.rank=2"],
  ])
  func resumingIsExact(_ others: [String]) throws {
    let training = try TinyTraining()
    try training.start("diffusion", to: "teacher")
    try training.start("diffusion", to: "whole", settings(training, others))
    for step in [0, 4] {
      try training.copy("whole", killedAfter: step, to: "killed")
      try training.resume("killed")
      #expect(try training.course("killed") == training.course("whole"))
      #expect(try training.contents("killed/checkpoints") == training.contents("whole/checkpoints"))
      try training.remove("killed")
    }
  }

  /// The student starts as the teacher's averaged weights, and nothing but its UNet changes.
  @Test func onlyTheUNetLearns() throws {
    let training = try TinyTraining()
    try training.start("diffusion", to: "teacher")
    try training.start("diffusion", to: "student", settings(training))
    func weights(_ file: String) throws -> [String: Tensor] {
      try Safetensors(training.path(file + ".safetensors")).tensors()
    }
    let teacher = "teacher/checkpoints/latest"
    let unet = try weights("\(teacher)/unet_ema/diffusion_pytorch_model")
    let first = try weights("student/\(training.folder(0))/unet/diffusion_pytorch_model")
    let last = try weights("student/\(training.folder(6))/unet/diffusion_pytorch_model")
    #expect(first == unet && last != unet)
    for step in [0, 6] {
      let encoder = try weights("student/\(training.folder(step))/image_encoder/model")
      #expect(try encoder == weights("\(teacher)/image_encoder_ema/model"))
    }
    let student = try ModelFolder(at: training.path("student"))
    let model = try student.model()
    #expect(model.schedule.grid.consistency.originalSteps == 50)
    #expect(try model.latentScale == ModelFolder(at: training.path("teacher")).model().latentScale)
    #expect(try !training.log("student").compactMap { $0["validation_loss"] }.isEmpty)
    #expect(training.exists("student/samples/step-000006.png"))
  }

  /// As adapters (LCM-LoRA): the file beside the teacher is the student.
  @Test func theStudentMayBeAdaptersOfItsTeacher() throws {
    let training = try TinyTraining()
    try training.start("diffusion", to: "teacher", TinyTraining.fresh)
    try training.start(
      "diffusion", to: "student", settings(training, ["model.params.lora.rank=2"]))
    let adapters = [AdapterSource(path: training.path("student"))]
    let merged = try ModelFolder(at: training.path("teacher"), adapters: adapters).model()
    let student = try ModelFolder(at: training.path("student")).model()
    let teacher = try ModelFolder(at: training.path("teacher")).model()
    for (name, weight) in student.unet.parameters.weights {
      #expect(merged.unet.parameters.weights[name]?.values == weight.values, "\(name)")
    }
    #expect(merged.unet.parameters.weights != teacher.unet.parameters.weights)
    #expect(student.conditioner.parameters.weights == teacher.conditioner.parameters.weights)
  }

  /// The configured number of steps is what few steps are chosen from later.
  @Test func theFolderSaysWhatWasDistilled() throws {
    let training = try TinyTraining()
    try training.start("diffusion", to: "teacher")
    let path = "model.params.distillation_config"
    try training.start(
      "diffusion", to: "student",
      settings(training, ["\(path).steps=25", "\(path).timestep_scaling=8"]))
    let grid = try ModelFolder(at: training.path("student")).scheduler().grid
    #expect(grid.consistency.originalSteps == 25 && grid.consistency.timestepScaling == 8)
    #expect(Sampler.usual(forModelAt: training.path("student")) == .lcm)
    #expect(Sampler.usual(forModelAt: training.path("teacher")) == .plms)
  }

  @Test func aTeacherIsNeededThatPredictsTheSame() throws {
    let training = try TinyTraining()
    func message(_ overrides: [String]) -> String {
      do {
        try training.start("diffusion", to: "student", overrides)
        return ""
      } catch { return "\(error)" }
    }
    let lacking = message(["objective=consistency-distillation", "initialize.vae=null"])
    #expect(lacking.contains("set `model.params.distillation_config.teacher`"), "\(lacking)")
    try training.start("diffusion", to: "teacher")
    let other = message(settings(training, ["model.params.parameterization=eps"]))
    #expect(other.contains("prediction_type: v_prediction there, epsilon in"), "\(other)")
    let scales = message(
      settings(training, ["model.params.distillation_config.guidance=[5, 2]"]))
    #expect(scales.contains("expected two numbers: the lowest and the highest"), "\(scales)")
  }
}
