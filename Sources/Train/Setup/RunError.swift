import Support

/// Why a run cannot start, go on or end well.
public enum RunError: Error, SettingMessage {
  case occupied(_ path: String)
  case inUse(_ path: String)
  case nothingToResume(_ path: String)
  case badState(_ folder: String, _ reason: String)
  /// A checkpoint's file cannot be read for a reason that says nothing about it.
  case unanswered(FileError)
  case needsWeights(_ key: String, _ why: String)
  case networkMismatch(_ component: String, _ folder: String, _ differences: [String])
  /// The weights that a run was to start from.
  case notFinite(_ names: [String])
  case diverged(Divergence)
  /// A checkpoint is at a place that no batch of another size begins at.
  case unevenBatches(done: Int, epoch: Int, batchSize: Int)
  /// Replicas that cannot have equal shares of a step.
  case unevenShares(batches: Int, ranks: Int)
  /// In bytes.
  case tooLarge(needed: Int, available: Int)

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .occupied(let path):
      "\(path) already holds a run; continue it with \(name("resume")) \(path), or choose another "
        + name("output")
    case .inUse(let path):
      "\(path): another process is training this run; wait for it, or stop it first"
    case .nothingToResume(let path):
      "\(path) holds no run to resume: it has no config.yaml; start one with \(name("config")) "
        + "and \(name("output"))"
    case .badState(let folder, let reason):
      "the checkpoint \(folder) is damaged: \(reason)\n"
        + "Remove this folder to resume from the checkpoint before it."
    case .unanswered(let error):
      "\(error). That is a fault of the machine rather than of the checkpoint, which stays as it is; "
        + "resume again when the disk or network answers"
    case .needsWeights(let key, let why):
      "`\(key)` is not given: \(why)"
    case .networkMismatch(let component, let folder, let differences):
      "the \(component) in \(folder) has other sizes than the configuration:\n"
        + differences.map { "  \($0)" }.joined(separator: "\n")
        + "\nChange the configuration, or give another folder (`random` to start anew)."
    case .notFinite(let names):
      "not finite (NaN or infinite) before the first step: \(Self.list(names)); "
        + "give other weights under `initialize`"
    case .unevenBatches(let done, let epoch, let batchSize):
      "\(done) examples of epoch \(epoch) are done, which is no multiple of "
        + "`data.params.batch_size` \(batchSize): the run could not go on at the same picture; "
        + "resume with a size that divides \(done), or keep the size and change "
        + "`lightning.trainer.accumulate_grad_batches`"
    case .unevenShares(let batches, let ranks):
      "\(ranks) processes cannot share the \(batches) batches of a step "
        + "(`lightning.trainer.accumulate_grad_batches`) so that the sums are those of one process: "
        + "start \(Self.shares(of: batches)) of them, or have "
        + "`lightning.trainer.accumulate_grad_batches` be a multiple of their number"
    case .tooLarge(let needed, let available):
      "weights, gradients, the optimiser's state and a batch's pictures alone need "
        + "\(Quantity.bytes(needed)) of memory, and \(Quantity.bytes(available)) are free; train a "
        + "smaller model, or less of it (`model.params.cond_stage_trainable: mapper`, no "
        + "`model.params.ema_decay`), or in smaller batches (`data.params.batch_size`)"
    case .diverged(let divergence):
      divergence.text(naming: name)
    }
  }
}

extension RunError {
  /// What reading a checkpoint ended with: that it is damaged, unless the disk, the memory or the
  /// permissions are at fault, which says nothing about it.
  static func reading(_ folder: String, _ error: any Error) -> any Error {
    switch error {
    case let error as FileError where error.isOfTheMachine: RunError.unanswered(error)
    case RunError.notFinite(let names):
      RunError.badState(folder, "not finite (NaN or infinite): \(list(names))")
    case is RunError: error
    default: RunError.badState(folder, "\(error)")
    }
  }

  /// Numbers of processes that can share so many batches.
  private static func shares(of batches: Int) -> String {
    var numbers = [1]
    while let last = numbers.last, batches % (2 * last) == 0 { numbers.append(2 * last) }
    guard let last = numbers.popLast(), !numbers.isEmpty else { return "1" }
    return numbers.map { "\($0)" }.joined(separator: ", ") + " or \(last)"
  }

  /// Some of the names, and how many more there are.
  static func list(_ names: [String]) -> String {
    let rest = names.count - 3
    return names.prefix(3).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}

/// A training that came to numbers which are not finite, and where it can be taken up again.
public struct Divergence: Sendable, SettingMessage {
  /// Who is to blame for a loss that is not finite.
  public enum Cause: Sendable {
    /// The weights that the run started from: other pictures give no finite loss either.
    case start
    /// The weights, which earlier steps have spoilt.
    case weights
    /// This step's pictures or noise: others give a finite loss.
    case batch
  }

  /// The step that was not taken.
  public let step: Int
  public let what: String
  public let cause: Cause
  /// The last good checkpoint.
  public let checkpoint: String?
  public let run: String

  public func text(naming name: (String) -> String) -> String {
    summary + "\n" + advice("pbe-train \(name("resume")) \(run)")
  }

  /// What happened and what is left.
  public var summary: String {
    "step \(step): \(what). Nothing of this step was kept; "
      + (checkpoint.map { "the last good state is \($0)" } ?? "there is no good checkpoint") + "."
  }

  private func advice(_ resume: String) -> String {
    switch cause {
    case .start:
      "The weights that the run starts from give no finite loss: choose others under `initialize`."
    case .weights:
      "The steps before it have spoilt the weights. Try a lower learning rate, a longer "
        + "warm-up or clipping, as in\n  \(resume) model.base_learning_rate=1e-5 "
        + "lightning.trainer.gradient_clip_val=1"
    case .batch:
      "Other pictures give finite numbers. Pass these by with another seed, as in\n"
        + "  \(resume) seed=\(step)\n"
        + "and if it comes again, try a lower model.base_learning_rate."
    }
  }
}
