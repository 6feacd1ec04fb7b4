import Foundation
import Support

/// The checkpoints of a run: written whole or not at all, old ones removed. Nothing is changed by a
/// process that does not write the run.
struct CheckpointStore {
  let run: RunDirectory
  let policy: CheckpointConfiguration

  /// The newest checkpoint: its step and folder.
  var latest: (step: Int, folder: String)? {
    steps().last.map { ($0, folder(ofStep: $0)) }
  }

  func folder(ofStep step: Int) -> String {
    "\(run.checkpoints)/\(RunDirectory.name(ofStep: step))"
  }

  /// Writes a checkpoint beside its place, then renames it there and points `latest` at it.
  ///
  /// - Parameters:
  ///   - keepsAll: leaves the old ones, however many there are.
  ///   - fill: writes everything into the folder it is given.
  func save(step: Int, keepsAll: Bool = false, _ fill: (String) throws -> Void) throws {
    guard run.isWritten else { return }
    let partial = partial(ofStep: step)
    FileSystem.remove(partial)
    do {
      guard FileSystem.makeFolder(partial) == 0 else {
        throw FileError.fromErrno(errno, path: partial, operation: "write")
      }
      try fill(partial)
      AtomicFile.flushFolder(partial)
      guard FileSystem.rename(partial, folder(ofStep: step)) == 0 else {
        throw FileError.fromErrno(errno, path: folder(ofStep: step), operation: "write")
      }
      AtomicFile.flushFolder(run.checkpoints)
    } catch {
      FileSystem.remove(partial)
      throw error
    }
    try point(to: step)
    if !keepsAll { removeOld() }
  }

  /// Clears what a killed run left half-written or half-removed, and repairs the link.
  func recover() throws {
    guard run.isWritten else { return }
    let names = (try? FileSystem.names(in: run.checkpoints)) ?? []
    for name in names where name.hasPrefix(".") && name.hasSuffix(".partial") {
      FileSystem.remove("\(run.checkpoints)/\(name)")
    }
    if let latest { try point(to: latest.step) }
  }

  /// Drops the checkpoint of a step, unless it is the only one.
  func discard(step: Int) throws {
    guard run.isWritten, let before = steps().last(where: { $0 != step }) else { return }
    try point(to: before)
    remove(step)
  }

  /// The relative link `checkpoints/latest`, replaced in one step.
  private func point(to step: Int) throws {
    let temporary = "\(run.checkpoints)/.latest.partial"
    FileSystem.unlink(temporary)
    guard FileSystem.symlink(RunDirectory.name(ofStep: step), temporary) == 0,
      FileSystem.rename(temporary, "\(run.checkpoints)/latest") == 0
    else {
      throw FileError.fromErrno(errno, path: "\(run.checkpoints)/latest", operation: "write")
    }
  }

  /// Removes what the policy does not keep.
  func removeOld() {
    guard run.isWritten else { return }
    for step in steps().dropLast(policy.keepLast) {
      if let keepEvery = policy.keepEvery, step > 0, step % keepEvery == 0 { continue }
      remove(step)
    }
  }

  /// Renamed first: whatever stops the removal, no half of a checkpoint is taken for a whole one.
  private func remove(_ step: Int) {
    let partial = partial(ofStep: step)
    FileSystem.rename(folder(ofStep: step), partial)
    FileSystem.remove(partial)
  }

  private func partial(ofStep step: Int) -> String {
    "\(run.checkpoints)/.\(RunDirectory.name(ofStep: step)).partial"
  }

  /// Steps that have a checkpoint, rising.
  private func steps() -> [Int] {
    let names = (try? FileSystem.names(in: run.checkpoints)) ?? []
    return names.compactMap { $0.hasPrefix("step-") ? Int($0.dropFirst(5)) : nil }.sorted()
  }
}
