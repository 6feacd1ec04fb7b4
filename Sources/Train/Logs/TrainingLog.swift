import Foundation
import Support

/// A run's `log.jsonl`: one JSON object a step, each in the file as soon as it is appended.
public final class TrainingLog {
  private let file: FileAppender
  /// Lines that were cut off and are no records of ours: a power failure leaves such, or an editor.
  let damagedLines: Int

  /// Opens the log for appending.
  ///
  /// - Parameters:
  ///   - path: The log, which is made when it isn't there.
  ///   - step: Lines of later steps are cut off, as is a last line that was not finished, so that a
  ///     run resumed at this step goes on where its checkpoint was made. 0 for a new run.
  /// - Throws: `FileError`.
  public init(_ path: String, keepingThrough step: Int) throws {
    file = try FileAppender(appendingTo: path)
    let contents = try MappedFile(path)
    let (length, damaged) = withExtendedLifetime(contents) {
      Self.length(of: contents.bytes, through: step)
    }
    damagedLines = damaged
    if length < contents.bytes.count && FileSystem.truncate(path, length) != 0 {
      throw FileError.fromErrno(errno, path: path, operation: "write")
    }
  }

  /// - Throws: `FileError`, as when the disk is full.
  public func append(_ record: TrainingRecord) throws {
    var line = record.line + "\n"
    try line.withUTF8 { try file.append(UnsafeRawBufferPointer($0)) }
  }

  /// Makes all lines safe from a power failure.
  ///
  /// - Throws: `FileError`.
  func flush() throws { try file.flush() }

  /// Bytes up to the end of the last complete line whose step is at most `step`, and how many lines
  /// behind it are no records. A last line without an end, which a kill leaves, may be anything but zeros.
  private static func length(
    of bytes: UnsafeRawBufferPointer, through step: Int
  ) -> (length: Int, damaged: Int) {
    let newline = UInt8(ascii: "\n")
    var end = bytes.lastIndex(of: newline).map { $0 + 1 } ?? 0
    var damaged = bytes.last == 0 ? 1 : 0
    while end > 0 {
      let start = bytes[..<(end - 1)].lastIndex(of: newline).map { $0 + 1 } ?? 0
      let found = self.step(ofLine: Data(bytes[start..<(end - 1)]))
      if let found, found <= step { return (end, damaged) }
      if found == nil { damaged += 1 }
      end = start
    }
    return (0, damaged)
  }

  private static func step(ofLine line: Data) -> Int? {
    guard case .object(let members)? = try? JSONValue(parsing: line),
      case .integer(let step)? = members["step"]
    else { return nil }
    return step
  }
}
