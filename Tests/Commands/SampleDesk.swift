import Foundation
import Pictures
import Tensors
import TestSupport

/// Runs `body` at a desk that is cleared afterwards.
func withSampleDesk(_ body: (SampleDesk) throws -> Void) throws {
  let desk = try SampleDesk()
  defer { desk.clear() }
  try body(desk)
}

/// A folder with a model, a source of 53×39 pixels, a reference and masks.
struct SampleDesk {
  let folder = NSTemporaryDirectory() + "pbe-sample-\(UUID().uuidString)"

  init() throws {
    try TinyModel.write(to: path("model"))
    try noise(width: 53, height: 39, seed: 1).writePNG(to: path("source.png"))
    try noise(width: 20, height: 30, seed: 2).writePNG(to: path("reference.png"))
    var mask = GrayImage(width: 53, height: 39, fill: 0)
    mask.draw(GrayImage(width: 20, height: 20, fill: 255), x: 10, y: 8)
    try mask.writePNG(to: path("mask.png"))
    mask.pixels = mask.pixels.map { 255 - $0 }
    try mask.writePNG(to: path("black.png"))
    try GrayImage(width: 53, height: 39, fill: 0).writePNG(to: path("empty.png"))
    try GrayImage(width: 53, height: 39, fill: 255).writePNG(to: path("full.png"))
    try GrayImage(width: 20, height: 20, fill: 255).writePNG(to: path("small.png"))
    var red = Image(width: 53, height: 39)
    red.draw(Image(width: 20, height: 20, fill: (255, 0, 0)), x: 10, y: 8)
    try red.writePNG(to: path("red.png"))
    var ones = GrayImage(width: 53, height: 39, fill: 0)
    ones.draw(GrayImage(width: 20, height: 20, fill: 1), x: 10, y: 8)
    try ones.writePNG(to: path("zero-one.png"))
  }

  func copy(_ name: String, to other: String) throws {
    try FileManager.default.copyItem(atPath: path(name), toPath: path(other))
  }

  func clear() { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }
  func picture(_ name: String) throws -> Image { try ImageFile.read(path(name)).image }

  func inputs(mask: [String]) -> [String] {
    [
      "--model", "model", "--image", "source.png", "--reference", "reference.png", "--sampler",
      "ddim", "--steps", "2",
    ] + mask
  }

  /// With the mask and two steps of DDIM, where `arguments` do not say otherwise.
  func sample(_ arguments: [String]) throws -> Program.Outcome {
    var usual = inputs(mask: ["--mask", "mask.png"])
    for option in ["--sampler", "--steps"] where arguments.contains(option) {
      guard let place = usual.firstIndex(of: option) else { continue }
      usual.removeSubrange(place...place + 1)
    }
    return try run(usual + arguments)
  }

  func sample(_ arguments: String...) throws -> Program.Outcome { try sample(arguments) }

  func run(_ arguments: [String]) throws -> Program.Outcome {
    try Program(name: "pbe-sample").run(arguments, in: folder)
  }

  private func noise(width: Int, height: Int, seed: UInt64) -> Image {
    var random = RandomStream(seed: seed, purpose: "desk")
    let pixels = (0..<width * height * 3).map { _ in UInt8(random.uniform() * 256) }
    return Image(width: width, height: height, pixels: pixels)
  }
}
