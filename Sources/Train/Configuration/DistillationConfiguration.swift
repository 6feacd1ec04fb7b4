/// How a model is distilled to few steps.
public struct DistillationConfiguration: Equatable, Sendable {
  /// What the distance of the student to its target is.
  public enum Loss: String, CaseIterable, Sendable {
    case squared = "l2"
    /// Squared near 0, absolute far from it.
    case huber
  }

  /// Folder of the model that needs many steps; nil when the configuration doesn't say.
  public var teacher: String?
  /// Steps of the teacher's sampler.
  public var steps = 50
  /// From which to which scale the teacher's guidance is drawn.
  public var guidance = [3.0, 7.0]
  /// Factor of timesteps in the boundary condition.
  public var timestepScaling = 10.0
  public var loss = Loss.huber
  /// Where the Huber loss turns from squared to absolute.
  public var huberWidth = 0.001

  public init() {}

  private static let path = "model.params.distillation_config"

  init(_ decoder: ConfigurationDecoder, timesteps: Int) {
    let usual = guidance
    decoder.read(Self.keys, into: &self)
    if guidance.count != 2 || guidance[0] > guidance[1] {
      decoder.fail(
        "\(Self.path).guidance", "is \(guidance), expected two numbers: the lowest and the highest")
      guidance = usual
    }
    if steps > timesteps {
      decoder.fail(
        "\(Self.path).steps", "is \(steps), more than `model.params.timesteps` (\(timesteps))")
      steps = timesteps
    }
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      path,
      [
        Key(
          "teacher", \.teacher, .text("folder", written: { $0 }) { $0 },
          """
          Consistency distillation only: the model that needs many steps, a model folder or a run \
          directory. Its averaged weights teach, and they are where the run starts unless \
          `initialize` says otherwise. Noise, prediction and the factor of latents are its own.
          """),
        Key(
          "steps", \.steps, .integer(),
          "Steps of the teacher's sampler, DDIM; as few of them as one likes can be sampled later."),
        Key(
          "guidance", \.guidance, .numbers(.between(0, 100)),
          """
          Lowest and highest guidance scale of the teacher, drawn for each example: it becomes part of \
          the student, which is sampled at scale 1.
          """),
        Key(
          "timestep_scaling", \.timestepScaling, .number(.above(0)),
          "Factor of timesteps in the boundary condition."),
        Key("loss", \.loss, .choice, "Distance to the target, averaged over the latents' values."),
        Key(
          "huber_c", \.huberWidth, .number(.above(0)),
          "Where `huber` turns from squared to absolute."),
      ])
  }
}
