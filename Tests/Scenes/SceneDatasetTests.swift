import Datasets
import Foundation
import Pictures
import Scenes
import Support
import TestSupport
import Testing

/// Serialized, because the number of threads is the process's.
@Suite(.serialized) struct SceneDatasetTests {
  private let settings = SceneSettings(images: 6, bench: 3, size: 24, seed: 11)

  /// A folder that is removed after `body`.
  private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = NSTemporaryDirectory() + "scenes-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  private func files(in folder: String) throws -> [String: Data] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
    var files: [String: Data] = [:]
    for path in paths where path.contains(".") {
      files[path] = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(path)"))
    }
    return files
  }

  private func lines(_ file: String) throws -> [String] {
    try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  @Test func isTheSameWhateverTheThreads() throws {
    let written = try onThreads([1, 3]) { _ in
      try withFolder { folder in
        try SceneDataset.write(settings, to: folder)
        return try files(in: folder)
      }
    }
    #expect(written[0] == written[1])
    // Pictures, tables, manifests, bench, three files.
    #expect(written[0].count == 6 + 32 + 3 + 2 + 3 * 5 + 3)
  }

  /// Also where the rest was there before.
  @Test func masksAreWrittenWhereTheyAreAskedForAndShowWhatABoxHolds() throws {
    try withFolder { folder in
      try SceneDataset.write(settings, to: folder)
      let before = try files(in: folder)
      #expect(try SceneDataset.write(settings, to: folder, masks: true) == .written)
      #expect(try SceneDataset.write(settings, to: folder, masks: true) == .alreadyComplete)
      #expect(try SceneDataset.write(settings, to: folder) == .alreadyComplete)
      let after = try files(in: folder)
      #expect(before.allSatisfy { after[$0.key] == $0.value || $0.key.hasSuffix(".jsonl") })
      let dataset = try Dataset.open(path: "\(folder)/train.jsonl", split: .train)
      #expect(dataset.hasObjectMasks && dataset.count == 6)
      for record in dataset {
        #expect(record.objectMasks.count == record.boxes.count)
        for (box, file) in zip(record.boxes, record.objectMasks) {
          let mask = try ImageFile.readMask(try #require(file)).pixels
          #expect(mask.whiteBounds?.box == box)
        }
      }
      let fresh = try withFolder { other in
        try SceneDataset.write(settings, to: other, masks: true)
        return try files(in: other)
      }
      #expect(fresh == after)
    }
  }

  @Test func tablesHaveOpenImagesHeaders() throws {
    try withFolder { folder in
      try SceneDataset.write(settings, to: folder)
      let common =
        "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,"
        + "IsGroupOf,IsDepiction,IsInside"
      let clicks = ",XClick1X,XClick2X,XClick3X,XClick4X,XClick1Y,XClick2Y,XClick3Y,XClick4Y"
      let train = try lines("\(folder)/annotations/oidv6-train-annotations-bbox.csv")
      let validation = try lines("\(folder)/annotations/validation-annotations-bbox.csv")
      #expect(train.first == common + clicks)
      #expect(validation.first == common)
      let classes = try lines("\(folder)/annotations/oidv7-class-descriptions.csv")
      #expect(classes.prefix(2) == ["LabelName,DisplayName", "/m/pbe_sphere,Sphere"])
      try checkRows(train.dropFirst(), columns: 21, classes) { id in
        "\(folder)/images/train_\(id.prefix(1))/\(id).jpg"
      }
      try checkRows(validation.dropFirst(), columns: 13, classes) { id in
        "\(folder)/images/validation/\(id).jpg"
      }
    }
  }

  private func checkRows(
    _ rows: ArraySlice<String>, columns: Int, _ classes: [String], picture: (String) -> String
  ) throws {
    #expect(!rows.isEmpty)
    for row in rows {
      let fields = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      #expect(fields.count == columns)
      #expect(fields[0].count == 16 && fields[0].allSatisfy(\.isHexDigit))
      let image = try ImageFile.read(picture(fields[0])).image
      #expect(image.width == 24 && image.height == 24)
      #expect(classes.contains { $0.hasPrefix(fields[2] + ",") })
      let box = fields[4..<8].compactMap(Float.init)
      #expect(0 <= box[0] && box[0] < box[1] && box[1] <= 1)
      #expect(0 <= box[2] && box[2] < box[3] && box[3] <= 1)
      #expect(fields[8..<13].allSatisfy { ["0", "1"].contains($0) })
      if columns == 21 {
        let x = fields[13..<17].compactMap(Float.init)
        let y = fields[17..<21].compactMap(Float.init)
        #expect(x.min() == box[0] && x.max() == box[1] && y.min() == box[2] && y.max() == box[3])
      }
    }
  }

  @Test func continuesWhereItWasKilled() throws {
    try withFolder { folder in
      try SceneDataset.write(settings, to: folder)
      let whole = try files(in: folder)
      let manager = FileManager.default
      // As a kill leaves it: unfinished, with a piece of a file, a torn picture and gaps.
      try manager.moveItem(atPath: folder + "/scenes.json", toPath: folder + "/scenes.partial.json")
      try manager.removeItem(atPath: folder + "/bench/id_list.npy")
      try manager.removeItem(atPath: folder + "/annotations/validation-annotations-bbox.csv")
      try manager.removeItem(atPath: folder + "/bench/Ref_3500/000000000002_ref.png")
      let pictures = whole.keys.filter { $0.hasSuffix(".jpg") }.sorted()
      try manager.removeItem(atPath: "\(folder)/\(pictures[0])")
      try Data(whole[pictures[1]]?.prefix(100) ?? Data()).write(
        to: URL(fileURLWithPath: "\(folder)/\(pictures[1])"))
      try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/images/train_0/.x.jpg.1.partial"))
      #expect(try SceneDataset.write(settings, to: folder) == .written)
      #expect(try files(in: folder) == whole)
      #expect(
        try SceneDataset.write(settings, to: folder) == .alreadyComplete)
    }
  }

  @Test func refusesToMixSettings() throws {
    try withFolder { folder in
      let small = SceneSettings(images: 0, bench: 1, size: 16, seed: 1)
      try SceneDataset.write(small, to: folder)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
          "bench", "scenes.json",
        ])
      let other = SceneSettings(images: 0, bench: 1, size: 16, seed: 2)
      let error = #expect(throws: SceneError.self) {
        try SceneDataset.write(other, to: folder)
      }
      let message = error?.text { "--\($0)" } ?? ""
      #expect(message.hasPrefix(folder))
      #expect(message.contains("--seed 1,") && message.contains("--seed 2 "))
    }
  }

  @Test func leavesFoldersOfOthersAlone() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/images", withIntermediateDirectories: true)
      #expect(throws: SceneError.foreignFolder(folder: folder, entry: "images")) {
        try SceneDataset.write(settings, to: folder)
      }
      try Data("a file".utf8).write(to: URL(fileURLWithPath: folder + "/file"))
      #expect(throws: SceneError.notAFolder(path: folder + "/file")) {
        try SceneDataset.write(settings, to: folder + "/file")
      }
      try Data("{}".utf8).write(to: URL(fileURLWithPath: folder + "/scenes.json"))
      #expect(throws: SceneError.self) {
        try SceneDataset.write(settings, to: folder)
      }
    }
  }
}
