import ArgumentParser
import Commands
import Support

/// `pbe-bench`: our side of the benchmark. `Benchmarks/bench.py` runs it beside its peers.
@main
package struct PbeBench: Program {
  package static let configuration = CommandConfiguration(
    commandName: "pbe-bench",
    abstract: "Time this project's work, piece by piece.",
    discussion: """
      `make bench` compares with PyTorch and OpenVINO; these are the parts that it is made of.

      Examples:
        pbe-bench machine
        pbe-bench model --size full --output random-model
        pbe-bench work unet --model random-model --inputs unet.safetensors
        pbe-bench micro attention
        pbe-bench scaling unet vae-decode
        pbe-bench rim --model Examples/scenes --bench runs/rim/bench
        pbe-bench paper --output runs/paper
      """,
    version: Version.current,
    subcommands: [
      WorkCommand.self, StartCommand.self, MachineCommand.self, SentinelCommand.self,
      ModelCommand.self, MicroCommand.self, ScalingCommand.self, RimCommand.self,
      PaperCommand.self, PaperPromptsCommand.self, PaperReportCommand.self,
    ])

  package init() {}
}
