import Datasets
import Foundation
import Pictures
import Scenes
import Support
import Tensors
import Testing

/// What objects of scenes are called.
@Suite struct CaptionTests {
  private func captions(_ count: Int) -> [Caption] {
    (0..<count).flatMap { index in
      Scene(stream: RandomStream(seed: 3, purpose: "captions", index: UInt64(index))).captions
    }
  }

  @Test func captionsGrowByADetailAtATime() {
    for caption in captions(60) {
      let words = caption.details.map { $0.split(separator: " ").map(String.init) }
      #expect(words.count == 4)
      #expect(words[0].count == 2 && words[0][1] == caption.noun)
      #expect(words[1].count == 3 && words[1][2] == caption.noun)
      for (less, more) in zip(words, words.dropFirst()) {
        #expect(more.count > less.count)
        // Articles aside, nothing that was said is taken back.
        #expect(Set(less.dropFirst()).subtracting(more).isEmpty, "\(less) \(more)")
      }
      #expect(caption.text == caption.details[2])
      for sentence in words {
        let isVowel = "aeiou".contains(sentence[1].prefix(1))
        #expect(sentence[0] == (isVowel ? "an" : "a"))
      }
    }
  }

  @Test func everyClassAndManyColoursAndPatternsOccur() {
    let all = captions(800)
    #expect(Set(all.map(\.noun)) == Set(ShapeClass.standard.map(\.rawValue)))
    let words = Set(all.flatMap { $0.details[3].split(separator: " ").map(String.init) })
    let colours = [
      "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "golden", "silver",
      "copper", "white",
    ]
    #expect(words.isSuperset(of: colours))
    #expect(words.isSuperset(of: ["plain", "stripes", "dots", "checks", "gradient", "veins"]))
    #expect(words.isSuperset(of: ["shiny", "matt", "metallic", "dark", "pale"]))
    #expect(words.count < 60, "a vocabulary that a small model can learn")
  }

  /// OKLCH there and back: hues are those that colours were made with.
  @Test func coloursHaveTheNamesOfTheirHues() {
    let names: [(Float, String)] = [
      (0.43, "red"), (1.05, "orange"), (1.8, "yellow"), (2.5, "green"), (3.4, "turquoise"),
      (4.5, "blue"), (5.3, "purple"), (6.1, "pink"),
    ]
    for (hue, name) in names { #expect(colourName(0.65, 0.12, hue) == name) }
    #expect(colourName(0.95, 0.01, 2) == "white")
    #expect(colourName(0.6, 0.01, 2) == "grey")
    #expect(colourName(0.3, 0.01, 2) == "black")
  }

  @Test func manifestsHaveTheBoxesOfTheTablesAndCaptions() throws {
    let folder = NSTemporaryDirectory() + "captions-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings = SceneSettings(images: 5, bench: 2, size: 24, seed: 11)
    try SceneDataset.write(settings, to: folder)
    for split in [DatasetSplit.train, .validation] {
      let table = try Dataset.open(
        path: folder, split: split, filter: BoxFilter(minimumArea: 0, maximumArea: 1))
      let manifest = try Dataset.open(path: "\(folder)/\(split.rawValue).jsonl", split: split)
      #expect(manifest.hasCaptions && !table.hasCaptions)
      #expect(manifest.map(\.image).sorted() == table.map(\.image).sorted())
      let rows = Dictionary(uniqueKeysWithValues: table.map { ($0.image, $0) })
      for record in manifest {
        let row = try #require(rows[record.image]).resolved()
        #expect(zip(row.boxes, record.boxes).allSatisfy { abs($0.x0 - $1.x0) < 0.01 })
        #expect(record.boxes.count == row.boxes.count)
        #expect(record.captions.count == record.boxes.count)
        for (label, captions) in zip(record.labels, record.captions) {
          #expect(captions.count == 4 && captions[0].hasSuffix(" " + label.lowercased()))
        }
      }
    }
  }

  @Test func benchesSayWhatTheirReferencesShowAndWhere() throws {
    let folder = NSTemporaryDirectory() + "captions-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try SceneDataset.write(SceneSettings(images: 0, bench: 3, size: 32, seed: 5), to: folder)
    let text = try String(contentsOfFile: folder + "/bench/captions.jsonl", encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 3)
    for (number, line) in lines.enumerated() {
      let json = try JSONSerialization.jsonObject(with: Data(line.utf8))
      let fields = try #require(json as? [String: String])
      let id = try #require(fields["id"])
      #expect(id == String(format: "%012d", number + 1))
      #expect(ShapeClass(rawValue: fields["class"] ?? "") != nil)
      #expect(fields["caption"] == fields["caption_3"])
      #expect(fields["caption_1"]?.hasSuffix(fields["class"] ?? "?") == true)
      let mask = try ImageFile.readMask("\(folder)/bench/RefMask_3500/\(id)_refmask.png").pixels
      let reference = try ImageFile.read("\(folder)/bench/Ref_3500/\(id)_ref.png").image
      #expect((mask.width, mask.height) == (reference.width, reference.height))
      let white = mask.pixels.count { $0 == 255 }
      #expect(mask.pixels.allSatisfy { $0 == 0 || $0 == 255 })
      // An object fills a good part of its box and leaves corners free.
      #expect((0.2...0.99).contains(Double(white) / Double(mask.pixels.count)))
    }
  }

  /// Folders of versions before captions get them, and nothing else changes.
  @Test func olderFoldersGetCaptions() throws {
    let folder = NSTemporaryDirectory() + "captions-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings = SceneSettings(images: 3, bench: 1, size: 24, seed: 2)
    try SceneDataset.write(settings, to: folder)
    let files = ["train.jsonl", "validation.jsonl", "bench/captions.jsonl"].map {
      "\(folder)/\($0)"
    }
    let before = try files.map { try Data(contentsOf: URL(filePath: $0)) }
    for file in files { try FileManager.default.removeItem(atPath: file) }
    try FileManager.default.removeItem(atPath: folder + "/bench/RefMask_3500")
    #expect(try SceneDataset.write(settings, to: folder) == .written)
    #expect(try files.map { try Data(contentsOf: URL(filePath: $0)) } == before)
    #expect(FileManager.default.fileExists(atPath: folder + "/bench/RefMask_3500"))
    #expect(try SceneDataset.write(settings, to: folder) == .alreadyComplete)
  }
}
