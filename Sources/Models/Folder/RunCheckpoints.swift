import Foundation
import Support

/// The checkpoints of a run: folders `step-NNNNNN` and, where the file system can, a link `latest` to
/// one of them.
package struct RunCheckpoints {
  package let path: String

  package init(_ path: String) { self.path = path }

  package static func name(ofStep step: Int) -> String { "step-" + String(format: "%06d", step) }

  package func folder(ofStep step: Int) -> String { "\(path)/\(Self.name(ofStep: step))" }

  package var link: String { "\(path)/latest" }

  /// Whether `latest` is a link. A folder of that name is a copy that somebody made of one.
  package var hasLink: Bool { FileSystem.isLink(link) }

  /// Steps that have a checkpoint, rising.
  ///
  /// - Throws: `FileError`: a run that cannot be read for now is not one that has not begun.
  package func steps() throws -> [Int] {
    try FileSystem.namesIfAny(in: path).compactMap {
      $0.hasPrefix("step-") ? Int($0.dropFirst(5)) : nil
    }.sorted()
  }

  /// Where to look for the run's model, the first choice first: the link is left out of a copy to a
  /// file system that has none.
  ///
  /// - Throws: `FileError`.
  func candidates() throws -> [String] {
    let folders = try steps().reversed().map(folder(ofStep:))
    return hasLink || folders.isEmpty ? [link] + folders : folders
  }
}
