import Foundation
import Models
import Support

/// The checkpoints of a run: written whole or not at all, old ones removed. Nothing is changed by a
/// process that does not write the run.
struct CheckpointStore {
  let run: RunDirectory
  let policy: CheckpointConfiguration

  private var checkpoints: RunCheckpoints { RunCheckpoints(run.checkpoints) }

  /// The newest checkpoint: its step and folder.
  ///
  /// - Throws: `FileError`.
  func latest() throws -> (step: Int, folder: String)? {
    try checkpoints.steps().last.map { ($0, folder(ofStep: $0)) }
  }

  func folder(ofStep step: Int) -> String {
    checkpoints.folder(ofStep: step)
  }

  /// Whether the file system has links; without one the newest checkpoint is found by its name.
  var hasLink: Bool { checkpoints.hasLink }

  /// Writes a checkpoint beside its place, then renames it there and points `latest` at it.
  ///
  /// - Parameters:
  ///   - keepsAll: leaves the old ones, however many there are.
  ///   - fill: writes everything into the folder it is given.
  func save(step: Int, keepsAll: Bool = false, _ fill: (String) throws -> Void) throws {
    guard run.isWritten else { return }
    try AtomicFolder.make(folder(ofStep: step), fill)
    point(to: step)
    if !keepsAll { removeOld() }
  }

  /// Clears what a killed run left half-written or half-removed, and repairs the link.
  ///
  /// - Throws: `FileError` where the folder cannot be read.
  func recover() throws {
    guard run.isWritten else { return }
    for name in try FileSystem.namesIfAny(in: run.checkpoints)
    where name.hasPrefix(".") && name.hasSuffix(".partial") {
      FileSystem.remove("\(run.checkpoints)/\(name)")
    }
    if let latest = try latest() { point(to: latest.step) }
  }

  /// Drops the checkpoint of a step, unless it is the only one.
  func discard(step: Int) {
    guard run.isWritten, let steps = try? checkpoints.steps(),
      let before = steps.last(where: { $0 != step })
    else { return }
    point(to: before)
    AtomicFolder.remove(folder(ofStep: step))
  }

  /// The relative link `checkpoints/latest`, replaced in one step.
  ///
  /// A convenience, which no run ends for: many file systems have no links, and say so in many ways.
  /// An old link that cannot be replaced goes, for it would name an old checkpoint.
  private func point(to step: Int) {
    let temporary = "\(run.checkpoints)/.latest.partial"
    FileSystem.unlink(temporary)
    if FileSystem.symlink(RunCheckpoints.name(ofStep: step), temporary) == 0,
      FileSystem.rename(temporary, checkpoints.link) == 0
    {
      try? AtomicFile.flushFolder(run.checkpoints, for: checkpoints.link)
      return
    }
    FileSystem.unlink(temporary)
    if hasLink { FileSystem.unlink(checkpoints.link) }
  }

  /// Removes what the policy does not keep, as far as that can be done now.
  func removeOld() {
    guard run.isWritten, let steps = try? checkpoints.steps() else { return }
    for step in steps.dropLast(policy.keepLast) {
      if let keepEvery = policy.keepEvery, step > 0, step % keepEvery == 0 { continue }
      AtomicFolder.remove(folder(ofStep: step))
    }
  }
}
