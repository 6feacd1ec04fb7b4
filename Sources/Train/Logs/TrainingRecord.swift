import Support

/// What one step of training leaves in the log.
public struct TrainingRecord: Equatable, Sendable {
  /// Counted from 1: the step that has just been made.
  public var step: Int
  /// Counted from 0.
  public var epoch: Int
  public var loss: Float
  public var learningRate: Double
  /// Global norm before clipping.
  public var gradientNorm: Float
  public var samplesPerSecond: Double
  /// Time that the step waited for its batches.
  public var dataWaitSeconds: Double
  /// Largest resident memory of the process so far.
  public var peakMemoryBytes: Int
  /// Pictures that could not be used, so far.
  public var skippedPictures: Int
  /// Messages about those that were found in this step, of the first ones of a run.
  public var skipped: [String]
  /// How several processes worked together; nil where one trained alone.
  public var ranks: Ranks?
  /// Further numbers of this step, such as `loss_own` after a validation.
  public var measurements: [String: Float] = [:]

  /// Several processes that train together.
  public struct Ranks: Equatable, Sendable {
    public var count: Int
    /// Time that the step took to exchange gradients and weights.
    public var exchangeSeconds: Double
    /// Time that it waited for other processes, until they were ready to.
    public var waitSeconds: Double
  }

  public init(
    step: Int, epoch: Int, loss: Float, learningRate: Double, gradientNorm: Float,
    samplesPerSecond: Double, dataWaitSeconds: Double, peakMemoryBytes: Int,
    skippedPictures: Int = 0, skipped: [String] = [], measurements: [String: Float] = [:]
  ) {
    self.step = step
    self.epoch = epoch
    self.loss = loss
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
    self.samplesPerSecond = samplesPerSecond
    self.dataWaitSeconds = dataWaitSeconds
    self.peakMemoryBytes = peakMemoryBytes
    self.skippedPictures = skippedPictures
    self.skipped = skipped
    self.measurements = measurements
  }

  /// One JSON object in one line. Numbers have the fewest digits that read back as the same; what
  /// is not finite, which JSON cannot say, is null.
  package var line: String {
    var members = [
      ("step", "\(step)"), ("epoch", "\(epoch)"), ("loss", Self.text(loss)),
      ("learning_rate", Self.text(learningRate)), ("gradient_norm", Self.text(gradientNorm)),
      ("samples_per_second", Self.text(samplesPerSecond)),
      ("data_wait_seconds", Self.text(dataWaitSeconds)),
      ("peak_memory_bytes", "\(peakMemoryBytes)"),
    ]
    if let ranks {
      members += [
        ("ranks", "\(ranks.count)"), ("exchange_seconds", Self.text(ranks.exchangeSeconds)),
        ("wait_seconds", Self.text(ranks.waitSeconds)),
      ]
    }
    if skippedPictures > 0 { members.append(("skipped_pictures", "\(skippedPictures)")) }
    if !skipped.isEmpty {
      let messages = skipped.map { JSONValue.quoted($0) }.joined(separator: ", ")
      members.append(("skipped", "[\(messages)]"))
    }
    members += measurements.sorted { $0.key < $1.key }.map { ($0.key, Self.text($0.value)) }
    return "{" + members.map { "\(JSONValue.quoted($0)): \($1)" }.joined(separator: ", ") + "}"
  }

  private static func text(_ number: some BinaryFloatingPoint & CustomStringConvertible) -> String {
    number.isFinite ? number.description : "null"
  }
}
