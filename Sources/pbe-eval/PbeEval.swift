import ArgumentParser
import Commands
import Support

/// `pbe-eval`: scores results on a bench, and makes the yardsticks for it.
@main
struct PbeEval: Program {
  static let configuration = CommandConfiguration(
    commandName: "pbe-eval",
    abstract: "Scores edited pictures on a bench in COCOEE's layout.",
    discussion: """
      With --model or --baseline the pictures are made first, into OUTPUT/results; an interrupted \
      run goes on where it stopped. With --results pictures made elsewhere are scored. Both write metrics.json, \
      cases.jsonl, contact-sheet.png and report.html into OUTPUT. All options: pbe-eval score --help

      Examples:
        pbe-eval --model runs/demo/diffusion --bench runs/demo/scenes/bench \\
          --output runs/demo/evaluation --sampler ddim --steps 25 --scale 3
        pbe-eval --results my-pictures --bench COCOEE --output runs/evaluation
        pbe-eval --results my-pictures --bench COCOEE --output runs/evaluation --clip ViT-B-32 \\
          --reference-statistics coco.safetensors --gmm gmm.safetensors
        pbe-eval --baseline copy-paste --bench COCOEE --output runs/copy-paste
        pbe-eval --model MODEL --bench COCOEE --output runs/scales --scales 1,2,3,5,7 --limit 100
        pbe-eval compare runs/before runs/after --metrics clip_score --tolerance 0.5
        pbe-eval statistics --images coco/test2017 --clip ViT-B-32 --output coco.safetensors
      """,
    version: Version.current,
    subcommands: [
      ScoreCommand.self, MergeCommand.self, CompareCommand.self, StatisticsCommand.self,
      FitMixtureCommand.self,
    ],
    defaultSubcommand: ScoreCommand.self)
}
