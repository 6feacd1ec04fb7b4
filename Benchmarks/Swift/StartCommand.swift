import ArgumentParser
import Commands
import Inference
import Models
import Pictures
import Support

/// `pbe-bench start`: what `pbe-sample` does until the network is first called.
struct StartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "Prepare a picture up to the first call of the network, say so, and end.")

  @OptionGroup var options: WorkOptions
  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threadCount = threads.count
    let job = try EditJob(options)
    try job.validate()
    try job.checkOutputs()
    let model = try ModelFolder(at: options.required(\.model, "--model")).model(.raw)
    let editor = Editor(model)
    let source = try ImageFile.read(job.image).image
    let mask = try RepaintMask(file: options.required(\.mask, "--mask"), for: source)
    let reference = try ImageFile.read(job.references.first?.picture ?? "").image
    let plan = try editor.plan(source: source, mask: mask, job.settings)
    _ = try editor.prepare(plan, reference: reference)
    print("first call")
  }
}
