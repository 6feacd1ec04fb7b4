import Foundation
import TestSupport
import Testing

/// Programs whose standard files are full, closed or limited by whoever starts them.
@Suite struct StandardFilesTests {
  /// Runs a script of the shell, to which `$0` is pbe-train.
  private func shell(_ script: String, in folder: String) throws -> Program.Outcome {
    try Program(name: "/bin/sh").run(
      ["-c", script, Program(name: "pbe-train").url.path], in: folder)
  }

  @Test(arguments: [
    "--help > /dev/full", "--help >&-", "--config c.yaml --print-config > /dev/full",
  ])
  func whatWasPrintedAndDidNotArriveIsAnError(_ arguments: String) throws {
    try withTemporaryFolder { folder in
      try Data("seed: 1\n".utf8).write(to: URL(filePath: "\(folder)/c.yaml"))
      let outcome = try shell("\"$0\" \(arguments)", in: folder)
      #expect(outcome.exitCode == 1)
      #expect(outcome.error.contains("error: cannot write standard output"), "\(outcome.error)")
    }
  }

  /// The log once held the progress bar: its file had got the number of standard error.
  @Test func closedStandardFilesAreNotTakenByOthers() throws {
    let training = try TinyTraining()
    let outcome = try shell(
      "\"$0\" --config diffusion.yaml --output run <&- >&- 2>&-; echo $?", in: training.folder)
    // The line that says how it ended cannot be printed.
    #expect(outcome.output == "1\n")
    let log = try String(contentsOfFile: training.path("run/log.jsonl"), encoding: .utf8)
    #expect(log.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"step\"") }, "\(log)")
    #expect(log.split(separator: "\n").count == 6)
  }

  @Test func aFileBeyondTheLimitIsAnErrorOfItsWriting() throws {
    let training = try TinyTraining()
    let outcome = try shell(
      "ulimit -f 8; \"$0\" --config diffusion.yaml --output run", in: training.folder)
    #expect(outcome.exitCode == 1)
    #expect(outcome.error.contains("`ulimit -f`"), "\(outcome.error)")
  }
}
