import ArgumentParser
import Autograd
import Commands
import Models
import Support
import Tensors

/// `pbe-convert run`: one component of a model alone, to be compared with another implementation.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run one component of a model on tensors from a file.",
    discussion: """
      Names and layouts are those of diffusers, pictures channels-first:

        unet           sample [N, 9, h, w], timestep [] or [N], encoder_hidden_states [N, K, D]
                       -> sample
        vae-encode     sample [N, 3, H, W] in -1...1 -> mean, logvar
        vae-decode     sample [N, 4, h, w], not scaled -> sample
        image-encoder  pixel_values [N, 3, S, S], normalised -> condition, uncond_vector
        text-encoder   input_ids [N, T] -> last_hidden_state, pooler_output

      --trace adds the output of every block, named by its path: down_blocks.0.resnets.0, …

      Example:
        pbe-convert run --model MODEL --component unet --inputs in.safetensors \\
          --outputs out.safetensors --trace
      """)

  @Option(
    help: ArgumentHelp(
      "A model folder, a run directory or an original checkpoint.", valueName: "DIR"))
  var model: String

  @OptionGroup var lora: AdapterOptions

  @Option(help: "unet, vae-encode, vae-decode, image-encoder or text-encoder.")
  var component: ComponentCall

  @Option(
    help: ArgumentHelp("A safetensors file with the component's inputs by name.", valueName: "FILE")
  )
  var inputs: String

  @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "FILE"))
  var outputs: String

  @Option(help: "Which weights: ema (averaged, if the model has them) or raw.")
  var weights = WeightChoice.averaged

  @Flag(help: "Also write the output of every block.")
  var trace = false

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threadCount = threads.count
    try AtomicFile.checkWritable(outputs)
    let inputs = try ComponentInputs(Safetensors(inputs), names: component.inputNames)
    for warning in inputs.warnings { writeStandardError("warning: \(warning)\n") }
    let folder = try ModelFolder(at: model, adapters: lora.adapters)
    let evaluate = try component.evaluation(of: inputs, folder, weights)
    let (results, blocks) =
      trace ? withoutGradients { tracing(evaluate) } : (withoutGradients(evaluate), [:])
    let named = results.merging(blocks.mapValues(\.channelsFirst)) { result, _ in result }
    try Safetensors.write(named, to: self.outputs, metadata: ["format": "pt"])
    printText("Wrote \(named.count) tensors to \(self.outputs).")
  }
}

extension ComponentCall: ExpressibleByArgument {}
extension WeightChoice: ExpressibleByArgument {}
