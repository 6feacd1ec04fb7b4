import Foundation
import Support

/// What is known of a stage that was begun: by which command, how long it took, whether it is done.
package struct StageRecord: Codable, Equatable, Sendable {
  /// Of the command and all that it rests on.
  package var digest: String
  package var command: [String]
  /// All starts together, as far as they were watched.
  package var seconds: Double
  package var isDone: Bool
  /// The process at work, and when the kernel says that it began: a number may come again.
  package var process: RunningProcess?

  package init(
    digest: String, command: [String], seconds: Double, isDone: Bool, process: RunningProcess? = nil
  ) {
    (self.digest, self.command, self.seconds) = (digest, command, seconds)
    (self.isDone, self.process) = (isDone, process)
  }

  private enum CodingKeys: String, CodingKey {
    case digest, command, seconds, process
    case isDone = "done"
  }
}

package struct RunningProcess: Codable, Equatable, Sendable {
  package var number: Int32
  package var begun: UInt64

  /// The process of this number, if there is one.
  package init?(_ number: Int32) {
    // pid (name) state ppid …; the 22nd field is when it began. Names may hold anything but end with
    // the last parenthesis.
    guard let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", let begun = UInt64(fields[19]) else { return nil }
    (self.number, self.begun) = (number, begun)
  }

  var isAlive: Bool { RunningProcess(number) == self }
}

/// The records of a plan's folder.
package struct StageRecords: Sendable {
  package let folder: String

  package init(in folder: String) { self.folder = "\(folder)/stages" }

  private func file(_ name: String) -> String { "\(folder)/\(name).json" }

  package func record(of name: String) throws -> StageRecord? {
    guard FileSystem.exists(file(name)) else { return nil }
    return try JSONDecoder().decode(
      StageRecord.self, from: FileSystem.contents(of: file(name)))
  }

  package func write(_ record: StageRecord, of name: String) throws {
    try Folder.make(folder)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(record) + Data("\n".utf8), to: file(name))
  }
}
