import Testing
import Training

@Suite struct LearningRateTests {
  /// Factors of `LambdaLinearScheduler` (ldm/lr_scheduler.py of latent diffusion) with
  /// `warm_up_steps: [8, 2]`, `cycle_lengths: [4, 4]`, `f_start: [0.0, 0.5]`, `f_max: [1.0, 1.0]` and
  /// `f_min: [0.0, 0.0]`: the first cycle ends in the middle of its warm-up.
  @Test func aWarmUpThatIsLongerThanItsCycleEndsWithIt() {
    let schedule = LearningRateSchedule.linear(
      LinearSchedule(cycles: [
        .init(warmUpSteps: 8, length: 4, start: 0, peak: 1, end: 0),
        .init(warmUpSteps: 2, length: 4, start: 0.5, peak: 1, end: 0),
      ]))
    let factors = (0...8).map { schedule.factor(at: $0, of: nil) }
    #expect(factors == [0, 0.125, 0.25, 0.375, 0.5, 0.75, 0.5, 0.25, 0])
  }
}
