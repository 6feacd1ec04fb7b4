import Foundation
import Inference
import Models
import Pictures
import Support
import Tensors
import TestSupport
import Testing

/// A `scheduler_config.json` that leaves keys out means the defaults of diffusers' class of each sampler,
/// whose `from_config` made what is expected here (Tests/Golden/schedulers.py and pipeline.py).
@Suite struct SchedulerDefaultsTests {
  private func configuration(_ json: String) throws -> SchedulerConfiguration {
    let folder = try TemporaryFolder()
    let file = try folder.write(json.utf8, "scheduler_config.json")
    return try SchedulerConfiguration(contentsOf: URL(filePath: file))
  }

  static let folders = [
    ("nothing", "{}"),
    ("betas", #"{"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}"#),
    ("clipped", #"{"clip_sample": true, "clip_sample_range": 0.5, "skip_prk_steps": true}"#),
  ]

  @Test(arguments: Sampler.allCases, folders)
  func everyStepIsThatOfDiffusers(_ sampler: Sampler, _ folder: (name: String, json: String)) throws
  {
    let golden = try Golden("scheduler_defaults")
    let schedule = try configuration(folder.json).schedule
    for steps in [4, 7, 20] {
      let path = try Trajectory(
        sampler, schedule, steps: steps, .noise, from: golden["start"],
        random: TorchGenerator(seed: 7), singleStep: .euler, history: .output)
      let name = "\(sampler.rawValue)/\(steps)"
      // What is clipped nearly cancels, in diffusers' single precision, too.
      path.expectSteps(
        golden["\(folder.name)/\(name)"], "\(folder.name), \(name)",
        tolerance: folder.name == "clipped" ? 1e-4 : 1e-5)
      let expected = golden["\(folder.name)/timesteps/\(name)"].values
      #expect(path.timesteps.map { Float($0) } == expected, "\(folder.name), \(name)")
    }
  }

  @Test(arguments: Sampler.allCases) func picturesAreThoseOfDiffusers(_ sampler: Sampler) throws {
    let picture = { (name: String) in try ImageFile.read(Golden.file("\(name).png").path).image }
    let editor = Editor(try model("{}"))
    let source = try picture("pipeline/source")
    let mask = try RepaintMask(file: Golden.file("pipeline/mask.png").path, for: source)
    var settings = EditSettings()
    settings.follow(.diffusers)
    settings.sampler = sampler
    (settings.steps, settings.scale, settings.seed) = (8, 5, 42)
    let plan = try editor.plan(source: source, mask: mask, settings)
    let prepared = try editor.prepare(plan, reference: picture("pipeline/reference"))
    let found = try editor.edit(prepared, settings).picture
    let expected = try picture("pipeline_defaults/\(sampler.rawValue)")
    let largest = zip(found.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max()
    #expect((largest ?? 255) <= 1)
  }

  /// The small random model of pipeline.py with another scheduler.
  private func model(_ scheduler: String) throws -> PaintByExampleModel {
    var model = try ModelFolder(at: Golden.file("pipeline/model").path).model()
    model.schedule = try configuration(scheduler).schedule
    return model
  }

  private func paint(
    _ painter: Painter, by sampler: Sampler, steps: Int
  ) throws -> Image {
    let source = Image(width: 64, height: 64, pixels: [UInt8](repeating: 90, count: 64 * 64 * 3))
    let mask = GrayImage(
      width: 64, height: 64, pixels: (0..<4096).map { $0 % 64 < 20 ? 255 : 0 })
    var settings = EditSettings()
    (settings.sampler, settings.steps) = (sampler, steps)
    let condition = try painter.condition(nil)
    return try painter.paint(source: source, mask: mask, condition: condition, settings).picture
  }

  @Test(arguments: [
    ("dpm++", #"{"solver_order": 3}"#, "`solver_order` is 3, supported: 2"),
    ("dpm++", #"{"algorithm_type": "sde-dpmsolver++"}"#, #"`algorithm_type` is "sde-dpmsolver++""#),
    ("dpm++", #"{"use_lu_lambdas": true}"#, "`use_lu_lambdas` is true, supported: false"),
    ("dpm++", #"{"lambda_min_clipped": -5.1}"#, "`lambda_min_clipped` is -5.1"),
    ("unipc", #"{"predict_x0": false}"#, "`predict_x0` is false, supported: true"),
    ("unipc", #"{"disable_corrector": [0]}"#, "`disable_corrector`"),
    ("unipc", #"{"solver_type": "bh1"}"#, #"`solver_type` is "bh1", supported: "bh2", "midpoint""#),
  ])
  func whatASamplerCannotDoIsRefusedForItAlone(
    _ name: String, _ json: String, _ problem: String
  ) throws {
    let painter = Painter(try model(json))
    let sampler = try #require(Sampler(rawValue: name))
    let error = #expect(throws: EditError.self) { try paint(painter, by: sampler, steps: 4) }
    let message = error?.text { "--\($0)" } ?? ""
    #expect(message.contains(problem), "\(message)")
    #expect(message.contains("what \(name) cannot do"))
    #expect(throws: Never.self) { try paint(painter, by: .ddim, steps: 4) }
  }

  /// A folder is sampled as diffusers would sample it, or else by the paper's PLMS.
  @Test(arguments: [
    ("PNDMScheduler", "plms"), ("DDIMScheduler", "ddim"), ("DPMSolverMultistepScheduler", "dpm++"),
    ("UniPCMultistepScheduler", "unipc"), ("LCMScheduler", "lcm"),
    ("EulerDiscreteScheduler", "plms"),
  ])
  func theFoldersClassIsTheUsualSampler(_ scheduler: String, _ sampler: String) throws {
    let read = try configuration("{\"_class_name\": \"\(scheduler)\"}")
    #expect(Sampler.usual(for: read.schedule).rawValue == sampler)
  }

  @Test(arguments: ["DPMSolverMultistepScheduler", "UniPCMultistepScheduler"])
  func whatTheUsualSamplerCannotDoLeavesPLMS(_ scheduler: String) throws {
    let read = try configuration("{\"_class_name\": \"\(scheduler)\", \"solver_order\": 3}")
    #expect(Sampler.usual(for: read.schedule) == .plms)
  }

  @Test func rungeKuttaNeedsFourSteps() throws {
    let painter = Painter(try model("{}"))
    let error = #expect(throws: EditError.self) { try paint(painter, by: .plms, steps: 3) }
    #expect(error?.text { "--\($0)" }.contains("--steps is 3, expected at least 4") == true)
  }

  /// diffusers writes `-Infinity` into the folders of DPM-Solver++, which JSON does not know.
  @Test func pythonsInfinityIsNoLimit() throws {
    let read = try configuration(#"{"lambda_min_clipped": -Infinity, "steps_offset": 1}"#)
    #expect(read.grid.unsupported == [])
    #expect(read.grid.offset == 1)
  }

  @Test(arguments: [
    "{}", #"{"clip_sample_range": 2, "beta_schedule": "scaled_linear", "set_alpha_to_one": true}"#,
    #"{"solver_order": 3, "skip_prk_steps": true, "clip_sample": false}"#,
  ])
  func whatIsWrittenMeansTheSame(_ json: String) throws {
    let read = try configuration(json)
    #expect(try configuration(JSONValue.object(read.json).text) == read)
  }
}
