import Commands
import Foundation
import Pictures
import Tensors
import Testing

@Suite struct PreviewCommandTests {
  private let program = Program(name: "pbe-data")
  private let folder = NSTemporaryDirectory() + "pbe-preview-command-\(UUID().uuidString)"

  /// A manifest of three pictures, one of which is empty, and a configuration for it.
  private func makeDataset() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["a", "b"] {
      try Image(width: 60, height: 40, fill: (200, 30, 30)).writeJPEG(to: "\(folder)/\(name).jpg")
    }
    try Data().write(to: URL(fileURLWithPath: "\(folder)/c.jpg"))
    let lines = ["a", "b", "c"].map { #"{"image": "\#($0).jpg", "boxes": [[20, 10, 40, 30]]}"# }
    try lines.joined(separator: "\n").write(
      toFile: "\(folder)/m.jsonl", atomically: true, encoding: .utf8)
    try "data: {params: {train: {params: {dataset_dir: m.jsonl, image_size: 128}}}}\n".write(
      toFile: "\(folder)/c.yaml", atomically: true, encoding: .utf8)
  }

  private func removeDataset() { try? FileManager.default.removeItem(atPath: folder) }

  @Test func drawsASheetAndSavesTheSameItemsTensors() throws {
    try makeDataset()
    defer { removeDataset() }
    let result = try program.run(
      "preview", "--config", "c.yaml", "data.params.train.params.image_size=64", "--output",
      "s.png", "--count", "5", "--save-tensors", "t.safetensors", "--threads", "2", in: folder)
    #expect(result.exitCode == 0, "\(result.error)")
    #expect(result.error.contains("1 picture skipped: 1 empty file\n  "))
    #expect(try ImageFile.header("\(folder)/s.png").width > 5 * 128)
    let tensors = try Safetensors("\(folder)/t.safetensors").tensors()
    #expect(
      tensors.mapValues(\.shape) == [
        "image": [5, 64, 64, 3], "masked_image": [5, 64, 64, 3], "mask": [5, 64, 64, 1],
        "reference": [5, 224, 224, 3], "box": [5, 4], "crop": [5, 4],
      ])
    #expect(tensors["box"]?.values.prefix(4) == [20, 10, 40, 30])
    let (image, mask) = (tensors["image"]?.values ?? [], tensors["mask"]?.values ?? [])
    let masked = tensors["masked_image"]?.values ?? []
    #expect(masked.indices.allSatisfy { masked[$0] == image[$0] * mask[$0 / 3] })
  }

  @Test func sheetAndTensorsAreTwoFiles() throws {
    let result = try program.run(
      "preview", "--config", "c.yaml", "--output", "s.png", "--save-tensors", "./s.png")
    #expect(result.exitCode == 2 && result.error.contains("are the same file, s.png"))
  }

  @Test func itemsDoNotDependOnTheNumberOfThreads() throws {
    try makeDataset()
    defer { removeDataset() }
    for threads in ["1", "3"] {
      let result = try program.run(
        "preview", "--config", "c.yaml", "--output", "\(threads).png", "--threads", threads,
        in: folder)
      #expect(result.exitCode == 0)
    }
    let sheets = try ["1", "3"].map { try Data(contentsOf: URL(filePath: "\(folder)/\($0).png")) }
    #expect(sheets[0] == sheets[1])
  }

  @Test func theSheetIsNotCalledAJPEG() throws {
    try makeDataset()
    defer { removeDataset() }
    let result = try program.run("preview", "--config", "c.yaml", "--output", "s.jpg", in: folder)
    #expect(result.exitCode == 2 && result.error.contains("must end in .png"))
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/s.jpg"))
  }

  @Test(arguments: [
    ("--count 0", 2, "--count"), ("--count 257", 2, "between 1 and 256"),
    ("data.params.batchsize=2", 2, "did you mean `data.params.batch_size`"),
    ("data.params.train.params.dataset_dir=null", 1, "dataset_dir` is missing"),
    ("data.params.train.params.dataset_dir=nowhere", 1, "nowhere"),
    ("other.yaml", 1, "other.yaml"),
  ])
  func mistakesAreNamed(_ words: String, exitCode: Int32, message: String) throws {
    try makeDataset()
    defer { removeDataset() }
    let given = words.split(separator: " ").map(String.init)
    let result = try program.run(
      ["preview", "--config", "c.yaml"] + given + ["--output", "s.png"], in: folder)
    #expect(result.exitCode == exitCode)
    #expect(result.error.contains("error: ") && result.error.contains(message), "\(result.error)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/s.png"))
  }
}
