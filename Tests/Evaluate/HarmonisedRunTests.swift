import Evaluation
import Foundation
import Inference
import Models
import Pictures
import Tensors
import TestSupport
import Testing

/// `dccf` on a bench: with masks of the references' objects, or without.
@Suite struct HarmonisedRunTests {
  private let folder: TemporaryFolder
  private let bench: SmallBench
  private var setup = MethodSetup()

  init() throws {
    folder = try TemporaryFolder()
    bench = try SmallBench(count: 2, in: folder)
    var sizes = HarmoniserConfiguration(.issam)
    (sizes.depth, sizes.channels) = (4, 4)
    let file = folder.path("weights.safetensors")
    try Safetensors.write(Hashed.harmoniser(sizes).parameters.weights, to: file)
    setup.harmoniser = file
  }

  private func score(_ output: String) throws -> EvaluationReport {
    try Evaluator(bench: bench.folder, output: folder.file(output))
      .evaluate(with: MethodRun(.dccf, setup), batch: 2)
  }

  private func picture(_ output: String) throws -> Image {
    try ImageFile.read(folder.path("\(output)/results/\(bench.identifiers[0]).png")).image
  }

  private func writeMasks(of positions: [Int]) throws {
    let parent = bench.folder.appending(path: "RefMask_2")
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    for i in positions {
      var mask = GrayImage(width: 7, height: 9, fill: 0)
      mask.draw(GrayImage(width: 3, height: 3, fill: 255), x: 1, y: 2)
      let file = parent.appending(path: "\(bench.identifiers[i])_refmask.png")
      try mask.pngData().write(to: file)
    }
  }

  @Test func masksAreTakenWhereTheBenchHasThem() throws {
    _ = try score("whole")
    try writeMasks(of: [0])
    let error = #expect(throws: EvaluationError.self) { _ = try score("some") }
    #expect("\(try #require(error))".contains("000000000001_refmask.png: no such file"))
    try writeMasks(of: [1])
    _ = try score("masked")
    #expect(try picture("whole") != picture("masked"))
  }
}
