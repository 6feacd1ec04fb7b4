import Foundation
import Pictures
import Scenes
import Testing

@Suite struct SceneBenchTests {
  private let settings = SceneSettings(images: 8, bench: 8, size: 32, seed: 5)

  @Test func masksCoverAnObject() {
    for index in 0..<8 {
      let item = SceneBench(settings).makeCase(index)
      #expect(item.mask.pixels.allSatisfy { $0 == 0 || $0 == 255 })
      let white = item.mask.pixels.indices.filter { item.mask.pixels[$0] == 255 }
      #expect((0.2...0.5).contains(Float(white.count) / (32 * 32)))
      let (xs, ys) = (white.map { $0 % 32 }, white.map { $0 / 32 })
      let width = (xs.max() ?? 0) - (xs.min() ?? 0) + 1
      let height = (ys.max() ?? 0) - (ys.min() ?? 0) + 1
      #expect(width * height == white.count, "the mask is one rectangle")
      // A margin of one 64th, here less than a pixel, is none.
      #expect(item.truth.width <= width && item.truth.height <= height)
      #expect(item.reference != item.truth)
    }
  }

  /// So that an exemplar can fill the hole without being squeezed. Margins and whole pixels take
  /// their part of the quarter by which the objects themselves may differ.
  @Test func exemplarsHaveTheProportionsOfWhatTheyReplace() {
    let large = SceneBench(SceneSettings(images: 0, bench: 8, size: 64, seed: 5))
    for index in 0..<8 {
      let item = large.makeCase(index)
      let proportions = [item.reference, item.truth].map { Float($0.width) / Float($0.height) }
      #expect((0.75...1.35).contains(proportions[0] / proportions[1]))
    }
  }

  /// Nothing of the bench was seen in training, nor does one case repeat another.
  @Test func sharesNoSceneWithTraining() {
    var pictures: [[UInt8]] = []
    for index in 0..<8 {
      for split in SceneSplit.allCases {
        let scene = Scene(stream: split.stream(seed: settings.seed, index: index))
        pictures.append(scene.render(size: 32).image.pixels)
      }
      let item = SceneBench(settings).makeCase(index)
      pictures += [item.source.pixels, item.reference.pixels]
    }
    #expect(Set(pictures).count == pictures.count)
  }

  @Test func listsItsCasesForNumPy() throws {
    let folder = NSTemporaryDirectory() + "bench-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let small = SceneSettings(images: 0, bench: 2, size: 16, seed: 5)
    try SceneDataset.write(small, to: folder)
    let list = try Data(contentsOf: URL(fileURLWithPath: folder + "/bench/id_list.npy"))
    #expect(list.count == 128 + 2 * 8, "the header ends on a multiple of 64 bytes")
    #expect(Array(list.prefix(10)) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
    let header = String(decoding: list[10..<128], as: UTF8.self)
    #expect(header.hasPrefix("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }"))
    #expect(header.hasSuffix(" \n"))
    #expect(Array(list.suffix(16)) == [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
    for id in ["000000000001", "000000000002"] {
      for file in [
        "GT_3500/\(id)_GT.png", "Mask_bbox_3500/\(id)_mask.png", "Ref_3500/\(id)_ref.png",
        "True_3500/\(id)_true.png",
      ] {
        #expect(try ImageFile.read("\(folder)/bench/\(file)").format == .png)
      }
    }
  }
}
