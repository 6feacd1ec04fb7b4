import ArgumentParser
import Commands
import Support
import Testing

private struct Refusal: Error, CustomStringConvertible { var description = "a.jpg: empty file" }

private struct Example: ParsableCommand {
  @OptionGroup var threads: ThreadOptions
  @Option var fail: String = "no"

  func run() throws {
    switch fail {
    case "usage": throw UsageError("--fail can't be usage")
    case "validation": throw ValidationError("no")
    case "refusal": throw Refusal()
    case "quiet": throw ExitCode(3)
    case "clean": throw CleanExit.message("done")
    default: break
    }
  }
}

@Suite struct CommandTests {
  @Test(arguments: ["", "--help", "--fail clean", "--threads 2"])
  func successIsZero(_ line: String) { #expect(exitCode(line) == 0) }

  @Test(arguments: [
    "--unknown", "--threads 0", "--threads two", "extra", "--fail usage", "--fail validation",
  ])
  func mistakesOnTheCommandLineAreTwo(_ line: String) { #expect(exitCode(line) == 2) }

  @Test func otherErrorsAreOne() {
    #expect(exitCode("--fail refusal") == 1)
    #expect(exitCode("--fail quiet") == 3)
  }

  private func exitCode(_ line: String) -> Int32 {
    runCommand(Example.self, arguments: line.split(separator: " ").map(String.init))
  }

  @Test func failureCarriesTheErrorsOwnMessage() {
    #expect(CommandFailure(Refusal()).message == "a.jpg: empty file")
    #expect(CommandFailure(Refusal()).exitCode == 1)
    #expect(CommandFailure(UsageError("--steps must be at least 1")).exitCode == 2)
  }
}

/// Words are looked at before their values are, and before what is missing.
@Suite struct CommandWordsTests {
  private struct Inner: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "index")
    @Option var dataset: String
    @Option var prompt = ""
    @Flag var quiet = false

    func validate() throws { if dataset == "no" { throw ValidationError("no") } }
  }

  private struct Outer: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "outer", subcommands: [Inner.self, Example.self])
  }

  private func problem(_ arguments: [String]) -> String? {
    let words = CommandWords(Outer.self, arguments)
    do {
      try words.check()
      return words.unknownWord()
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    (
      ["indx", "--dataset", "d"],
      "there is no command 'indx' (did you mean 'index'?); there are index"
    ),
    (["index", "--datset", "d"], "unknown option '--datset' (did you mean '--dataset'?)"),
    (
      ["index", "--dataset", "no", "--quite"], "unknown option '--quite' (did you mean '--quiet'?)"
    ),
    (["index", "--dataset", "d", "surplus"], "unexpected argument 'surplus'"),
    (["index", "--quiet", "surplus"], "unexpected argument 'surplus'"),
    (["index", "-z"], "unknown option '-z'"),
    (["index", "--dataset", ""], "--dataset is empty; give a value"),
    (["index", "--dataset="], "--dataset is empty; give a value"),
    (["index", "--quiet", "", "x"], "--quiet is empty"), ([""], "an argument is empty"),
  ])
  func whatIsWrongWithThemIsNamed(_ arguments: [String], _ expected: String) {
    #expect(problem(arguments)?.hasPrefix(expected) == true, "\(problem(arguments) ?? "nothing")")
  }

  @Test(arguments: [
    ["index", "--dataset", "d", "--prompt", "", "--quiet"], ["index", "--help"], ["help", "index"],
    ["index", "--dataset=d"], [],
  ])
  func whatIsRightIsLeftAlone(_ arguments: [String]) { #expect(problem(arguments) == nil) }

  /// ArgumentParser looks for the nearest option, which takes minutes.
  @Test func endlessOptionsAreRefusedAtOnce() {
    let message = problem(["index", "--" + String(repeating: "x", count: 120_000)]) ?? ""
    #expect(message.hasPrefix("unknown option '--xxx") && message.count < 200)
  }
}

/// What begins with a dash and a number is the value of the option before it.
@Suite struct NegativeValueTests {
  @Test(arguments: [
    ("--box -1,0,5,5 --grid", "--box=-1,0,5,5 --grid"),
    ("--scale -1", "--scale=-1"), ("--scale -.5", "--scale=-.5"), ("--scale -inf", "--scale=-inf"),
    ("--scales -1,0,3 --seed -4", "--scales=-1,0,3 --seed=-4"),
    // Values, other options and what is joined already stay as they are.
    ("--scale=2 -1", "--scale=2 -1"), ("--scale 1 -1", "--scale 1 -1"),
    ("--scale --seed 3", "--scale --seed 3"), ("--output - -x", "--output - -x"),
    ("-- --scale -1", "-- --scale -1"), ("-1", "-1"),
  ])
  func areJoinedToTheirOption(_ line: String, _ expected: String) {
    let words = line.split(separator: " ").map(String.init)
    #expect(words.joiningNegativeValues == expected.split(separator: " ").map(String.init))
  }
}

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("base_learning_rat", "base_learning_rate"), ("basel_earning_rate", "base_learning_rate"),
    ("Boxs", "boxes"), ("imgae", "image"),
  ])
  func misspeltNamesAreRecognised(_ name: String, _ expected: String) {
    #expect(nearest(to: name, in: ["image", "boxes", "mask", "base_learning_rate"]) == expected)
  }

  @Test func farNamesAreNotSuggested() {
    #expect(nearest(to: "colour", in: ["image", "boxes", "mask"]) == nil)
    #expect(nearest(to: "", in: ["image"]) == nil)
    #expect(didYouMean("colour", in: ["image"]) == "")
    #expect(didYouMean("imag", in: ["image"]) == " (did you mean 'image'?)")
  }

  @Test func swappedNeighboursAreOneEdit() {
    #expect(editDistance(Array("abcd"), Array("acbd")) == 1)
    #expect(editDistance(Array("kitten"), Array("sitting")) == 3)
    #expect(editDistance(Array(""), Array("abc")) == 3)
  }
}

@Suite struct QuantityTests {
  @Test func bytes() {
    #expect(Quantity.bytes(512) == "512 B")
    #expect(Quantity.bytes(5_240_000_000) == "5.2 GB")
    #expect(Quantity.bytes(999_600) == "1.0 MB")
  }

  @Test func counts() {
    #expect(Quantity.count(9_999) == "9999")
    #expect(Quantity.count(14_610_229) == "14.6 M")
  }

  @Test func durations() {
    #expect(Quantity.duration(0.417) == "0.42 s")
    #expect(Quantity.duration(59.7) == "1 min 0 s")
    #expect(Quantity.duration(7_620) == "2 h 7 min")
    #expect(Quantity.duration(.infinity) == "unknown")
  }

  @Test func rates() {
    #expect(Quantity.rate(4.13, "step") == "4.1 step/s")
    #expect(Quantity.rate(0.4, "step") == "2.5 s/step")
    #expect(Quantity.rate(1_550_000, "row") == "1.6 M row/s")
  }
}
