import Commands
import Foundation
import Pictures
import Testing

@Suite struct IndexCommandTests {
  private let program = Program(name: "pbe-data")
  private let folder = NSTemporaryDirectory() + "pbe-index-command-\(UUID().uuidString)"

  /// Two pictures, one of which is missing.
  private func makeDataset(header: String = "ImageID,LabelName,XMin,XMax,YMin,YMax") throws {
    for name in ["annotations", "images/test"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    try "\(header)\na,/m/1,0.1,0.5,0.2,0.8\nb,/m/1,0.1,0.5,0.2,0.8\n".write(
      toFile: "\(folder)/annotations/test-annotations-bbox.csv", atomically: true, encoding: .utf8)
    try Image(width: 10, height: 10, fill: (9, 9, 9)).writeJPEG(to: "\(folder)/images/test/a.jpg")
  }

  private func removeDataset() { try? FileManager.default.removeItem(atPath: folder) }

  @Test func indexesAFolder() throws {
    try makeDataset()
    defer { removeDataset() }
    let result = try program.run(
      "index", "--dataset", ".", "--split", "test", "--output", "o.jsonl", "--threads", "2",
      in: folder)
    #expect(result.exitCode == 0)
    #expect(result.output.contains("1  kept"))
    #expect(result.output.contains("1  dropped: picture missing"))
    #expect(!result.error.contains("\r"), "no bar when piped")
    let line = try String(contentsOfFile: "\(folder)/o.jsonl", encoding: .utf8)
    #expect(line.hasPrefix(#"{"image": "images/test/a.jpg", "width": 10, "height": 10"#))
  }

  @Test(arguments: [
    "--min-area -1", "--min-area nan", "--max-area 2", "--min-area 0.5 --max-area 0.4",
    "--max-images 0", "--classes ,", "--split nowhere", "--output o.txt", "--threads 0", "--sed 1",
  ])
  func mistakesOnTheCommandLineExitWithTwo(_ options: String) throws {
    try makeDataset()
    defer { removeDataset() }
    let given = options.split(separator: " ").map(String.init)
    var options = ["--dataset": folder, "--split": "test", "--output": folder + "/o.jsonl"]
    for i in stride(from: 0, to: given.count, by: 2) { options[given[i]] = given[i + 1] }
    // One value with its name, as an option could be negative.
    let arguments = options.map { "\($0)=\($1)" }
    let result = try program.run(["index"] + arguments)
    #expect(result.exitCode == 2)
    #expect(result.error.hasPrefix("error: "))
    #expect(!FileManager.default.fileExists(atPath: folder + "/o.jsonl"))
  }

  @Test func otherErrorsExitWithOneAndOneMessage() throws {
    try makeDataset(header: "ImageID,LabelName,XMin,XMax,YMin,Top")
    defer { removeDataset() }
    let result = try program.run(
      "index", "--dataset", folder, "--split", "test", "--output", folder + "/o.jsonl")
    #expect(result.exitCode == 1)
    #expect(
      result.error.hasPrefix("error: \(folder)/annotations/test-annotations-bbox.csv, line 1"))
    #expect(result.error.contains("'YMax'"))
    let nowhere = try program.run(
      "index", "--dataset", folder, "--split", "test", "--output", folder + "/no/where.jsonl")
    #expect(nowhere.exitCode == 1)
    #expect(nowhere.error.contains("\(folder)/no"))
  }

  @Test func helpHasAnExample() throws {
    for arguments in [["--help"], ["index", "--help"]] {
      let result = try program.run(arguments)
      #expect(result.exitCode == 0)
      #expect(result.output.contains("pbe-data index --dataset"))
    }
  }
}
