import ArgumentParser
import Commands
import Inference
import Support

/// `pbe-sample`: repaints the masked part of a picture with the object of a reference picture.
@main
package struct PbeSample: Program {
  package static let configuration = CommandConfiguration(
    commandName: "pbe-sample",
    abstract: "Put the object of a reference picture into the masked part of a picture.",
    discussion: """
      White in the mask means edit. The result is a PNG of the source's size that differs from the \
      source only inside the mask and keeps its colour profile and transparency; its text chunks \
      hold the settings. Several results are named \
      OUT-SEED.png, OUT-scale-S.png or OUT-scale-S-SEED.png. The same inputs and seed give the same \
      bytes with any number of threads.

      Pictures of more than 178,956,970 pixels are refused; the environment variable PBE_MAX_PIXELS \
      sets another limit.

      Several references of one object give the network a token each, which it weighs at every \
      place of the picture. A model does so well if it was trained with several (most_views).

      A manifest has one JSON object per line: image, mask or box, reference (one, or a list), output, \
      and optionally reference_mask (one, or a list), box_units, seed, scale, steps, and what methods \
      need: prompt, class and caption. Inputs are relative to the manifest, outputs to --output.

      Examples:
        pbe-sample --model MODEL --image room.jpg --mask mask.png \\
          --reference chair.jpg --output result.png
        pbe-sample --model MODEL --image room.jpg --box 120,80,360,400 \\
          --reference chair.jpg --output chairs.png --count 3 --scales 1,3,5 \\
          --grid
        pbe-sample --model MODEL --image room.jpg --mask mask.png \\
          --reference front.jpg --reference-mask front-mask.png \\
          --reference side.jpg --reference-mask side-mask.png --output result.png
        pbe-sample --model MODEL --manifest jobs.jsonl --output results \\
          --sampler ddim --steps 25
        pbe-sample --model MODEL --image room.png --mask mask.png \\
          --reference chair.png --output result.png --compat diffusers --seed 42
        pbe-sample --method copy-paste-harmonised --image room.png --mask mask.png \\
          --reference chair.png --output pasted.png
      """,
    version: Version.current)

  @OptionGroup(title: "Input and output") var files: FileOptions
  @OptionGroup(title: "Methods") var methods: MethodOptions
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions
  @OptionGroup(title: "Picture") var picture: PictureOptions
  @OptionGroup(title: "Compatibility") var compatibility: CompatibilityOptions
  @OptionGroup var threads: ThreadOptions

  package init() {}

  package func validate() throws {
    try checkMethod()
    do {
      if let job = files.job { try configured(job).validate() } else { try manifestDefaults() }
    } catch let error as EditError {
      throw ValidationError(error.onCommandLine)
    }
  }

  /// Checks that what paints has what it needs.
  private func checkMethod() throws {
    guard let method = methods.definition else {
      guard files.model != nil else { throw ValidationError("Give --model DIR, or --method NAME.") }
      guard files.manifest != nil || !files.reference.isEmpty || methods.prompt != nil else {
        throw ValidationError("Give --reference FILE.")
      }
      guard compatibility.compat != .compvis else {
        throw ValidationError(MethodError.compatOfOthers(.compvis).onCommandLine)
      }
      return
    }
    guard sampling.decoder == nil else {
      throw ValidationError("--decoder belongs to --model: leave out --method \(method.name).")
    }
    try methods.check(model: files.model, sampler: sampling.sampler)
    // A manifest's lines say what they have.
    let inputs: [(MethodNeed, String?)] =
      files.manifest == nil ? [(.reference, files.reference.first), (.text, methods.prompt)] : []
    for (need, value) in inputs where value == nil && method.needs.contains(need) {
      throw ValidationError(MethodError.missing(need, of: method.name).onCommandLine)
    }
    guard files.reference.count <= method.mostReferences else {
      let several = MethodError.severalReferences(files.reference.count, of: method.name)
      throw ValidationError(several.onCommandLine)
    }
    let unused = method.samples ? [] : sampling.given + picture.given + compatibility.given
    guard unused.isEmpty else {
      throw ValidationError(
        MethodError.unusedOptions(unused, of: method.name).onCommandLine)
    }
  }

  /// Checks what all lines of a manifest will share.
  private func manifestDefaults() throws {
    guard sampling.noise == nil, picture.saveLatents == nil else {
      throw ValidationError("--noise and --save-latents belong to one picture, not to a manifest.")
    }
    let job = EditJob(image: "", region: .mask(""), reference: nil, output: "o.png")
    try configured(job).validate()
  }

  /// The model's sampler where none is said; nil for methods, which have their own.
  private var usualSampler: Sampler? {
    guard sampling.sampler == nil, methods.definition == nil else { return nil }
    return files.model.map { .usual(forModelAt: $0) }
  }

  private func configured(_ job: EditJob, usual: Sampler? = nil) -> EditJob {
    var job = job
    configure(&job, usual: usual)
    return job
  }

  private func configure(_ job: inout EditJob, usual: Sampler?) {
    job.isInverted = files.invertMask
    job.prompt = methods.prompt
    if let method = methods.definition {
      job.settings.conventions = method.conventions
      if let sampler = method.sampler { job.settings.sampler = sampler }
      if let scale = method.scale { job.settings.scale = scale }
    }
    // Before the picture's options, which are asked for where they are given.
    compatibility.configure(&job)
    sampling.configure(&job, usual: usual)
    picture.configure(&job)
  }

  package func run() throws {
    threadCount = threads.count
    if !sampling.precision.isSupported {
      let wanted = sampling.precision.rawValue
      let lacking = sampling.precision == .bf16 ? "avx512_bf16 or amx_bf16" : "amx_bf16"
      let message =
        "This CPU has no \(wanted) products (\(lacking)): --precision \(wanted) runs as fp32.\n"
      writeStandardError(message)
    }
    do {
      if let job = files.job {
        try run(configured(job, usual: usualSampler))
      } else {
        try runManifest()
      }
    } catch let error as EditError where error.isUsage {
      throw UsageError(error.onCommandLine)
    }
  }

  private func openSession() throws -> EditSession {
    let adapters = files.lora.adapters
    let session =
      if let method = methods.definition {
        try EditSession(
          method,
          methods.setup(model: files.model, weights: sampling.weights, adapters: adapters))
      } else {
        try EditSession(
          model: files.model ?? "", weights: sampling.weights, adapters: adapters,
          decoder: DecoderChoice(sampling.decoder ?? "full"))
      }
    report(notes: session.notes)
    return session
  }

  private func run(_ job: EditJob) throws {
    try job.checkOutputs()
    let session = try openSession()
    let progress = ProgressBar("sampling", total: session.steps(job), unit: "evaluation")
    try session.run(job, progress) { progress.log($0.onCommandLine) }.forEach(printPath)
    progress.finish()
  }

  private func runManifest() throws {
    let usual = usualSampler
    let manifest = try JobManifest(
      files.manifest ?? "", output: files.output, notation: files.boxUnits,
      needsReference: methods.definition == nil && methods.prompt == nil,
      configure: { configure(&$0, usual: usual) })
    let session = try openSession()
    let progress = ProgressBar("sampling", total: manifest.steps(session), unit: "evaluation")
    let failures = try manifest.run(
      session, progress, note: { progress.log($0.onCommandLine) }, written: printPath,
      failed: { progress.log("error: \($0.onCommandLine)") })
    progress.finish()
    guard failures > 0 else { return }
    throw ManifestFailure(failed: failures, total: manifest.count)
  }
}

/// What a manifest with bad jobs ends with; what was bad has been said.
private struct ManifestFailure: Error, CustomStringConvertible {
  let failed: Int
  let total: Int
  var description: String { "\(failed) of \(total) jobs failed; see the errors above" }
}
