import ArgumentParser
import Commands
import Support

/// `pbe-eval`: scores results on a bench, and makes the yardsticks for it.
@main
package struct PbeEval: Program {
  package static let configuration = CommandConfiguration(
    commandName: "pbe-eval",
    abstract: "Score edited pictures on a bench in COCOEE's layout.",
    discussion: """
      --model, --method and --baseline first paint the pictures, into OUTPUT/results; an interrupted run \
      resumes where it stopped. --results scores pictures made elsewhere. Either way metrics.json, \
      cases.jsonl, contact-sheet.png and report.html appear in OUTPUT. For all options: \
      pbe-eval score --help

      Examples:
        pbe-eval --model runs/demo/diffusion --bench runs/demo/scenes/bench \\
          --output runs/demo/evaluation --sampler ddim --steps 25 --scale 3
        pbe-eval --results my-pictures --bench COCOEE --output runs/evaluation
        pbe-eval --results my-pictures --bench COCOEE --output runs/evaluation \\
          --clip ViT-B-32 --reference-statistics coco.safetensors \\
          --gmm gmm.safetensors
        pbe-eval --baseline copy-paste --bench COCOEE --output runs/copy-paste
        pbe-eval --method sd-inpaint --model SD --bench COCOEE --output runs/sd \\
          --annotations instances_train2017.json --prompt "a photo of {class}"
        pbe-eval --model MODEL --bench COCOEE --output runs/scales \\
          --scales 1,2,3,5,7 --limit 100
        pbe-eval compare runs/before runs/after --metrics clip_score --tolerance 0.5
        pbe-eval statistics --images coco/test2017 --clip ViT-B-32 \\
          --output coco.safetensors
        pbe-eval study make runs/ours runs/copy-paste --output runs/study
      """,
    version: Version.current,
    subcommands: [
      ScoreCommand.self, MergeCommand.self, CompareCommand.self, StatisticsCommand.self,
      FitMixtureCommand.self, StudyCommand.self,
    ],
    defaultSubcommand: ScoreCommand.self)

  package init() {}
}
