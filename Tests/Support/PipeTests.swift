import Foundation
import Support
import TestSupport
import Testing

/// Pipes in the place of files, as a shell's `<(…)` makes them.
@Suite struct PipeTests {
  private func withPipe(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
      try body("\(folder)/pipe")
    }
  }

  @Test func whatIsWrittenIntoAPipeIsRead() throws {
    try withPipe { path in
      let writer = Thread {
        usleep(100_000)  // a program that takes its time
        try? Data("first\nsecond\n".utf8).write(to: URL(filePath: path))
      }
      writer.start()
      let reader = try LineReader(path: path)
      var lines: [String] = []
      while let line = try reader.next() { lines.append(line.text) }
      #expect(lines == ["first", "second"])
    }
  }

  /// Five seconds, then it is clear that nobody will.
  @Test(.timeLimit(.minutes(1))) func aPipeThatNobodyWritesIntoIsAnError() throws {
    try withPipe { path in
      let error = #expect(throws: FileError.self) { try FileSystem.start(of: path, count: 9) }
      #expect("\(error as Any)".contains("a pipe into which no program writes"))
    }
  }

  @Test func whatIsMappedMustBeAFile() throws {
    try withPipe { path in
      #expect(throws: FileError.notRegular(path: path)) { try MappedFile(path) }
    }
  }

  @Test func aPipeThatNobodyReadsIsAnErrorAtOnce() throws {
    try withPipe { path in
      let error = #expect(throws: FileError.self) { try AtomicFile.write(Data([1]), to: path) }
      #expect("\(error as Any)".contains("a pipe that no program reads"))
    }
  }
}
