import Support

/// The results section in miniature, as commands.
package struct PaperPlan {
  private let folder: PaperFolder
  private let size: PaperSize
  /// The Markdown report.
  private let document: String

  package init(_ folder: PaperFolder, _ size: PaperSize, document: String) {
    (self.folder, self.size, self.document) = (folder, size, document)
  }

  package var plan: Plan {
    get throws {
      try Plan(
        data + encoders + [autoencoder, prior, harmoniser] + yardsticks + rungs + rivals + scales
          + prompts + diversity + [report])
    }
  }

  // MARK: Data

  private var data: [PlanStage] {
    [
      scenes(
        "scenes", "scenes for the models, and the bench", size.scenes, bench: size.cases, seed: 1),
      scenes("scenes-judge", "other scenes, for the judge", size.judgeScenes, seed: 2),
      scenes("scenes-guide", "other scenes, for the guide", size.judgeScenes, seed: 3),
      scenes("scenes-real", "real scenes to compare with", 0, bench: size.real, seed: 4),
      PlanStage(
        "prompts", "the bench with shorter and longer captions",
        ["pbe-bench", "paper-prompts", "--bench", folder.bench, "--output", folder("prompts")],
        after: ["scenes"], product: "\(folder.bench(details: 4))/captions.jsonl", seconds: 1),
      PlanStage(
        "vocabulary", "the tokenizer's vocabulary",
        [
          "pbe-data", "vocabulary", "--captions", "\(folder.scenes)/train.jsonl", "--output",
          folder.vocabulary,
        ],
        after: ["scenes"], product: "\(folder.vocabulary)/vocab.json", seconds: 1),
    ]
  }

  private func scenes(
    _ name: String, _ title: String, _ images: Int, bench: Int = 0, seed: Int
  ) -> PlanStage {
    PlanStage(
      name, title,
      [
        "pbe-data", "scenes", "--output", folder(name), "--images", "\(images)", "--bench",
        "\(bench)",
        "--size", "\(size.picture)", "--seed", "\(seed)",
      ], product: "\(folder(name))/scenes.json",
      seconds: 0.006 * Double(images) + 0.03 * Double(bench))
  }

  // MARK: Training

  /// - Parameters:
  ///   - files: configurations, the base first.
  ///   - overrides: what the plan decides: where things are, and how much.
  private func training(
    _ name: String, _ title: String, to output: String? = nil, _ files: [String], steps: Int,
    _ overrides: [String], after inputs: [String], secondsPerStep: Double
  ) -> PlanStage {
    let output = output ?? folder(name)
    let short =
      size.isQuick ? ["validation.cases=4", "samples.every=0", "data.params.batch_size=4"] : []
    return PlanStage(
      name, title,
      ["pbe-train", "--continue", "--output", output, "--config"] + files + overrides + [
        "lightning.trainer.max_steps=\(steps)"
      ] + short, after: inputs,
      product: "\(output)/checkpoints/\(Self.checkpoint(steps))",
      seconds: secondsPerStep * Double(steps) * (size.isQuick ? 0.3 : 1) + (size.isQuick ? 1 : 20))
  }

  private static func checkpoint(_ step: Int) -> String {
    let digits = "\(step)"
    return "step-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  private func reading(_ scenes: String) -> [String] {
    ["train.jsonl", "validation.jsonl"].map { file in
      "data.params.\(file.prefix { $0 != "." }).params.dataset_dir=\(folder(scenes))/\(file)"
    }
  }

  private var tokenizer: String {
    "model.params.text_stage_config.params.tokenizer=\(folder.vocabulary)"
  }

  /// Three, which share neither scenes nor seeds: none knows what another one says.
  private var encoders: [PlanStage] {
    [
      ("clip", "scenes", "the models' own CLIP", 101),
      ("judge", "scenes-judge", "the judge, a CLIP", 102),
      ("guide", "scenes-guide", "the guide, a CLIP", 103),
    ]
    .map { name, scenes, title, seed in
      training(
        name, title, ["Configs/miniature/clip.yaml"], steps: size.clip,
        reading(scenes) + [tokenizer, "seed=\(seed)"],
        after: [scenes, "vocabulary"], secondsPerStep: 0.22)
    }
  }

  private var autoencoder: PlanStage {
    training(
      "autoencoder", "the autoencoder", ["Configs/miniature/autoencoder.yaml"],
      steps: size.autoencoder, reading("scenes"), after: ["scenes"], secondsPerStep: 0.1)
  }

  /// Text to picture, as Stable Diffusion is to the paper.
  private var prior: PlanStage {
    training(
      "prior", "the prior: text to picture", ["Configs/miniature/prior.yaml"], steps: size.prior,
      reading("scenes") + [
        "initialize.vae=\(folder("autoencoder"))", "initialize.text_encoder=\(folder.clip("clip"))",
      ], after: ["scenes", "autoencoder", "clip"], secondsPerStep: 0.15)
  }

  private var harmoniser: PlanStage {
    training(
      "harmoniser", "DCCF's harmoniser", ["Configs/miniature/harmoniser.yaml"],
      steps: size.harmoniser, reading("scenes"), after: ["scenes"], secondsPerStep: 0.25)
  }

  /// The ablation: each step with what is before it, each with several seeds, and each scored.
  private var rungs: [PlanStage] {
    Rung.allCases.flatMap { rung in size.seeds.flatMap { [train(rung, $0), evaluate(rung, $0)] } }
  }

  private func train(_ rung: Rung, _ seed: Int) -> PlanStage {
    let output = folder.rung(rung, seed: seed)
    let prior = rung == .baseline ? [] : ["initialize.unet=\(folder("prior"))"]
    return training(
      "train-\(rung.word)-\(seed)", "ablation: \(rung.title), seed \(seed)", to: output,
      ["Configs/miniature/paint.yaml"] + rung.files, steps: size.rung,
      reading("scenes") + [
        "initialize.vae=\(folder("autoencoder"))",
        "initialize.image_encoder=\(folder.clip("clip"))",
      ] + prior + ["seed=\(seed)"],
      after: ["scenes", "autoencoder", "clip"] + (rung == .baseline ? [] : ["prior"]),
      secondsPerStep: 0.13)
  }

  // MARK: Scores

  private var yardsticks: [PlanStage] {
    let judge = [
      "--clip", folder.clip("judge"), "--side", "\(size.picture)", "--cache",
      folder("real-features"),
    ]
    return [
      PlanStage(
        "statistics", "what real scenes look like to the judge",
        ["pbe-eval", "statistics", "--images", folder.real] + judge + [
          "--output", folder.statistics,
        ],
        after: ["scenes-real", "judge"], product: folder.statistics,
        seconds: 0.01 * Double(size.real)),
      PlanStage(
        "mixture", "the quality score's mixture",
        ["pbe-eval", "fit-gmm", "--images", folder.real] + judge
          + ["--components", "\(size.components)", "--output", folder.mixture],
        after: ["scenes-real", "judge"], product: folder.mixture, seconds: 0.02 * Double(size.real)),
      evaluation(
        "ground-truth", "the pictures as they were", ["--baseline", "ground-truth"],
        secondsPerCase: 0.03),
      evaluation(
        "copy-paste", "the references pasted", ["--baseline", "copy-paste"], secondsPerCase: 0.03),
    ]
  }

  private var metrics: [String] {
    [
      "--clip", folder.clip("judge"), "--reference-statistics", folder.statistics, "--gmm",
      folder.mixture,
    ]
  }

  /// - Parameter name: of the evaluation's folder and, without a slash, of the stage.
  private func evaluation(
    _ name: String, _ title: String, _ painter: [String], bench: String? = nil, cases: Int? = nil,
    after inputs: [String] = [],
    secondsPerCase: Double
  ) -> PlanStage {
    let output = folder.evaluation(name)
    return PlanStage(
      "evaluate-\(name)", "scores of \(title)",
      ["pbe-eval"] + painter + ["--bench", bench ?? folder.bench, "--output", output] + metrics
        + (cases.map { ["--limit", "\($0)"] } ?? [])
        + ["--save-features", PaperFolder.features(of: output)],
      after: ["scenes", "judge", "statistics", "mixture"] + inputs,
      product: "\(output)/metrics.json",
      seconds: 2 + secondsPerCase * Double(cases ?? size.cases) * Double(size.steps) / 25)
  }

  private var sampling: [String] { ["--sampler", "ddim", "--steps", "\(size.steps)"] }

  private func evaluate(_ rung: Rung, _ seed: Int) -> PlanStage {
    let scale = rung == .guidance ? size.scale : 1
    return evaluation(
      "\(rung.word)-\(seed)", "\(rung.title), seed \(seed)",
      ["--model", folder.rung(rung, seed: seed)] + sampling + [
        "--scale", "\(scale)", "--batch", "10",
      ],
      after: ["train-\(rung.word)-\(seed)"], secondsPerCase: rung == .guidance ? 0.16 : 0.09)
  }

  private var ours: String { folder.rung(.guidance, seed: size.seeds[0]) }
  private var oursStage: String { "train-\(Rung.guidance.word)-\(size.seeds[0])" }

  private var rivals: [PlanStage] {
    let model = ["--model", folder("prior")] + sampling
    let guided = model + ["--guide", folder.clip("guide")]
    return [
      evaluation(
        Rival.blendedImage.rawValue, Rival.blendedImage.title,
        ["--method", Rival.blendedImage.rawValue] + guided, after: ["prior", "guide"],
        secondsPerCase: 0.8),
      evaluation(
        Rival.blendedText.rawValue, Rival.blendedText.title,
        ["--method", Rival.blendedText.rawValue] + guided + ["--prompt", "{caption}"],
        after: ["prior", "guide"], secondsPerCase: 0.8),
      evaluation(
        Rival.dccf.rawValue, Rival.dccf.title,
        ["--method", Rival.dccf.rawValue, "--harmoniser", folder("harmoniser")],
        after: ["harmoniser"],
        secondsPerCase: 0.1),
      evaluation(
        Rival.stableDiffusion.rawValue, Rival.stableDiffusion.title,
        text("{caption}"), after: ["prior"], secondsPerCase: 0.22),
    ]
  }

  private func text(_ prompt: String) -> [String] {
    ["--method", Rival.stableDiffusion.rawValue, "--model", folder("prior")] + sampling
      + ["--scale", "\(size.textScale)", "--prompt", prompt]
  }

  private var scales: [PlanStage] {
    size.scales.map { scale in
      evaluation(
        "scale-\(scale)", "the whole method at guidance scale \(scale)",
        ["--model", ours] + sampling + ["--scale", "\(scale)", "--batch", "10"], after: [oursStage],
        secondsPerCase: 0.16)
    }
  }

  private var prompts: [PlanStage] {
    PaperEvidence.details.map { details in
      evaluation(
        "prompt-\(details)", "text of \(details) detail\(details == 1 ? "" : "s")",
        text("{caption}"),
        bench: folder.bench(details: details), after: ["prior", "prompts"], secondsPerCase: 0.22)
    }
  }

  private var diversity: [PlanStage] {
    size.diversitySeeds.map { seed in
      evaluation(
        "diversity-\(seed)", "the same inputs from seed \(seed)",
        ["--model", ours] + sampling + [
          "--scale", "\(size.scale)", "--batch", "10", "--seed", "\(seed)",
        ],
        cases: size.diversityCases, after: [oursStage], secondsPerCase: 0.16)
    }
  }

  private var report: PlanStage {
    PlanStage(
      "report", "the report",
      ["pbe-bench", "paper-report", "--output", folder.path, "--document", document]
        + (size.isQuick ? ["--quick"] : []),
      after: rungs.map(\.name) + rivals.map(\.name) + scales.map(\.name) + prompts.map(\.name)
        + diversity.map(\.name) + ["evaluate-ground-truth", "evaluate-copy-paste"],
      product: "\(folder.path)/report.html", seconds: size.isQuick ? 5 : 240)
  }
}
