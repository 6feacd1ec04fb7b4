import ArgumentParser
import Commands
import Foundation
import Support
import Tensors

/// `pbe-bench work`: holds one work in memory and does it when told.
struct WorkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work",
    abstract: "Keep one work in memory and do it on command.",
    discussion: """
      One command a line on standard input, one JSON object a line on standard output; the first \
      says which cases the work has:

        run [CASE]           does it once: {"peak_memory_bytes": …, "seconds": …}
        result FILE [CASE]   does it once and writes what came out: {"wrote": FILE}
        quit

      Tensors in files are laid out as in PyTorch. What a work needs:

        unet                 --model, --inputs: sample [2, 9, h, w], timestep [1],
                             encoder_hidden_states [2, 1, D]; cases pair, plain, attention
        vae-decode           --model, --inputs: sample [N, 4, h, w]
        vae-encode           --model, --inputs: sample [N, 3, H, W]
        image-encoder        --model, --inputs: pixel_values [N, 3, S, S]
        training             --model, --inputs: sample, timestep, encoder_hidden_states,
                             target [N, 4, h, w]; --recompute
        adamw                --inputs: weight, gradient; --copies
        picture              --model, --image, --mask, --reference, --output, --steps,
                             --tiny-decoder
        triplets             --dataset: a manifest
        index                --dataset: an OpenImages folder, --output
      """)

  @Argument(help: "unet, vae-decode, vae-encode, image-encoder, training, adamw, picture, …")
  var name: WorkName

  @OptionGroup var options: WorkOptions
  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threadCount = threads.count
    var work = try name.load(options)
    Answer.ready(cases: work.cases).print()
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      if words.first == "quit" { return }
      do {
        try answer(words, &work).print()
      } catch {
        Answer.failed("\(error)").print()
      }
    }
  }

  private func answer(_ words: [String], _ work: inout any Work) throws -> Answer {
    switch (words.first, words.count) {
    case ("run", 1...2):
      let name = try Self.name(words.dropFirst().first, of: work)
      let start = ContinuousClock.now
      _ = try work.run(name)
      return .ran(seconds: (ContinuousClock.now - start) / .seconds(1))
    case ("result", 2...3):
      let outputs = try work.run(Self.name(words.dropFirst(2).first, of: work))
      try Safetensors.write(outputs(), to: words[1], metadata: ["format": "pt"])
      return .wrote(words[1])
    default:
      throw WorkError.command(words.joined(separator: " "))
    }
  }

  private static func name(_ given: String?, of work: any Work) throws -> String {
    guard let given else { return work.cases[0] }
    guard work.cases.contains(given) else {
      throw WorkError.unknownCase(given, cases: work.cases)
    }
    return given
  }
}

/// A line on standard output.
private enum Answer {
  case ready(cases: [String])
  case ran(seconds: Double)
  case wrote(_ file: String)
  case failed(_ message: String)

  private var members: [String: Any] {
    switch self {
    case .ready(let cases): ["cases": cases]
    case .ran(let seconds):
      ["seconds": seconds, "peak_memory_bytes": PeakMemory.bytes]
    case .wrote(let file): ["wrote": file]
    case .failed(let message): ["error": message]
    }
  }

  func print() {
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? JSONSerialization.data(withJSONObject: members, options: options) else {
      return
    }
    Swift.print(String(decoding: data, as: UTF8.self))
    fflush(nil)
  }
}
