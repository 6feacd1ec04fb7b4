import Commands
import Evaluation
import Foundation
import Pictures
import Testing

/// The model in `Examples/scenes` paints its own three cases, as the README's first command does.
@Suite struct ShippedModelTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Examples/scenes").standardizedFileURL.path
  private static let cases = [1, 2, 3]

  @Test(arguments: cases)
  func paintsWithTheColoursOfItsReferenceAndLeavesTheRest(_ number: Int) throws {
    let output = NSTemporaryDirectory() + "pbe-shipped-\(UUID().uuidString).png"
    defer { try? FileManager.default.removeItem(atPath: output) }
    let outcome = try Program(name: "pbe-sample").run(
      "--model", Self.folder, "--image", Self.picture("source", number),
      "--mask", Self.picture("mask", number), "--reference", Self.picture("reference", number),
      "--output", output, "--sampler", "dpm++", "--steps", "25")
    #expect(outcome.exitCode == 0, "\(outcome.error)")

    let source = try ImageFile.read(Self.picture("source", number)).image
    let mask = try ImageFile.readGray(Self.picture("mask", number))
    let result = try ImageFile.read(output).image
    let changed = mask.pixels.indices.filter { i in
      source.pixels[3 * i..<3 * i + 3] != result.pixels[3 * i..<3 * i + 3]
    }
    #expect(changed.allSatisfy { mask.pixels[$0] > 127 })

    let painted = ColourHistogram(result.cropped(to: bounds(of: mask)))
    let similarities = try Self.cases.map { other in
      painted.intersection(
        ColourHistogram(try ImageFile.read(Self.picture("reference", other)).image))
    }
    #expect(similarities.max() == similarities[number - 1], "\(similarities)")
  }

  private static func picture(_ kind: String, _ number: Int) -> String {
    "\(folder)/\(kind)-\(number).png"
  }

  private func bounds(of mask: GrayImage) -> PixelRectangle {
    let inside = mask.pixels.indices.filter { mask.pixels[$0] > 127 }
    let (rows, columns) = (inside.map { $0 / mask.width }, inside.map { $0 % mask.width })
    let (x, y) = (columns.min() ?? 0, rows.min() ?? 0)
    return PixelRectangle(
      x: x, y: y, width: (columns.max() ?? 0) - x + 1, height: (rows.max() ?? 0) - y + 1)
  }
}
