import ArgumentParser
import Commands
import Evaluation
import Foundation
import Inference
import Models
import Pictures
import Support

/// `pbe-bench rim`: how well each way to paste back meets the picture at the mask's border.
struct RimCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rim",
    abstract: "Compare ways to paste back by what they leave at the mask's border.",
    discussion: """
      Objects are repainted after themselves, so that the picture as it was is the truth. Before \
      pasting, the mask holds either another picture (an object that is to go) or the truth. The \
      error is the mean absolute difference in the first four pixels inside the mask; the step is \
      that of the differences between neighbours across the border, both in levels of 255.

      Example:
        pbe-data scenes --output runs/rim --images 0 --bench 60 --size 256 --seed 7
        pbe-bench rim --model Examples/scenes --bench runs/rim/bench
      """)

  @Option(help: ArgumentHelp("A model folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("A bench whose objects are known.", valueName: "dir"))
  var bench: String

  @Option(help: "How many of its cases.")
  var cases = 60

  @Option(help: "Sampling steps of DDIM.")
  var steps = 10

  @Option(help: "Guidance scale.")
  var scale: Float = 3

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threadCount = threads.count
    let chosen = try Bench(at: URL(filePath: bench)).cases.compactMap { $0.withTrueReference() }
    let painter = RimPainter(
      editor: Editor(try ModelFolder(at: model).model(.averaged), residency: .keep), steps: steps,
      scale: scale)
    let painted = try chosen.prefix(cases).map(painter.paint)
    guard let first = painted.first else { throw UsageError("\(bench): no case knows its object") }
    print("\(painted.count) cases of \(PictureSize(first.truth))")
    print("feather  seam      over another object    over the truth")
    print("                    error     step         error     step")
    let others = painted.dropFirst().map(\.truth) + [first.truth]
    for isMatched in [false, true] {
      for feather: Float in [0, 1, 4, 8, 16] {
        let how = PasteBack(feather: feather, seamReach: isMatched ? first.latent : 0)
        let foreign = RimError(zip(painted, others).map { $0.error(over: $1, how) })
        let own = RimError(painted.map { $0.error(over: $0.truth, how) })
        print(
          String(format: "%7.0f  ", feather) + (isMatched ? "matched" : "as is  ")
            + foreign.text + "    " + own.text)
      }
    }
  }
}

private struct RimPainter {
  let editor: Editor
  let steps: Int
  let scale: Float

  func paint(_ benchCase: BenchCase) throws -> RimCase {
    let truth = try ImageFile.read(benchCase.groundTruth.relativePath).image
    let mask = try RepaintMask(file: benchCase.mask.relativePath, for: truth)
    var settings = EditSettings()
    (settings.sampler, settings.steps, settings.scale) = (.ddim, steps, scale)
    (settings.crop, settings.pastesBack) = (.none, false)
    let plan = try editor.plan(source: truth, mask: mask, settings)
    let prepared = try editor.prepare(
      plan, reference: ImageFile.read(benchCase.reference.relativePath).image)
    let picture = try editor.edit(prepared, settings).picture
      .resized(width: truth.width, height: truth.height, filter: .bicubic)
    return RimCase(
      truth: truth, mask: mask.pixels, painted: picture,
      latent: editor.pasteBack(plan, settings).seamReach)
  }
}

/// A case that the network has painted.
private struct RimCase {
  let truth: Image
  let mask: GrayImage
  let painted: Image
  /// Width of one of the network's latents in the picture's pixels.
  let latent: Float

  /// - Parameter other: what the mask holds before pasting.
  func error(over other: Image, _ how: PasteBack) -> RimError {
    let isMasked: [Float] = mask.pixels.map { $0 >= 128 ? 1 : 0 }
    let whole = PixelRectangle(x: 0, y: 0, width: truth.width, height: truth.height)
    let result = truth.blended(with: other, weights: isMasked)
      .pasting(painted, over: whole, mask: mask, how)
    let depth = mask.depthInside()
    var (errors, steps): ([Float], [Float]) = ([], [])
    for place in depth.indices {
      if depth[place] > 0, depth[place] <= 4 { errors += difference(result, place) }
      let neighbours = [place + 1, place + truth.width]
      for (next, isThere) in zip(neighbours, [(place + 1) % truth.width > 0, true])
      where isThere && next < depth.count && isMasked[place] != isMasked[next] {
        steps += zip(difference(result, place, next), difference(truth, place, next))
          .map { abs($0 - $1) }
      }
    }
    return RimError(error: errors.mean, step: steps.mean)
  }

  private func difference(_ picture: Image, _ place: Int) -> [Float] {
    (3 * place..<3 * place + 3).map { abs(Float(picture.pixels[$0]) - Float(truth.pixels[$0])) }
  }

  /// From one pixel to another.
  private func difference(_ picture: Image, _ place: Int, _ next: Int) -> [Float] {
    (0..<3).map { Float(picture.pixels[3 * next + $0]) - Float(picture.pixels[3 * place + $0]) }
  }
}

private struct RimError {
  let error: Float
  let step: Float

  init(error: Float, step: Float) { (self.error, self.step) = (error, step) }

  /// The mean of several.
  init(_ all: [RimError]) { self.init(error: all.map(\.error).mean, step: all.map(\.step).mean) }

  var text: String { String(format: " %8.2f %8.2f", error, step) }
}

extension [Float] {
  fileprivate var mean: Float { isEmpty ? 0 : reduce(0, +) / Float(count) }
}
