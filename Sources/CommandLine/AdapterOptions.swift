import ArgumentParser
import Models
import Support

/// What a model is merged with; for every command that loads one.
public struct AdapterOptions: ParsableArguments {
  @Option(
    name: .customLong("lora"),
    help: ArgumentHelp(
      "Merge the model with these adapters (LoRA), at this weight; repeatable. A file of diffusers or "
        + "kohya, a folder of PEFT, or a run. (default weight: 1)", valueName: "file[:weight]"))
  public var adapters: [AdapterSource] = []

  public init() {}

}

extension AdapterSource: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// Tells what a model had no place for.
public func report(notes: [String]) {
  for note in notes { writeStandardError("note: \(note)\n") }
}
