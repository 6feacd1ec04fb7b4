import TestSupport
import Testing
import Training

/// The recipes for a key and for an objective, carried out.
@Suite struct RecipeTests {
  /// A key is a field with its default and a row.
  private struct Patience {
    var steps = 100

    static var keys: KeyTable<Self> {
      KeyTable(
        "patience",
        [Key("steps", \.steps, .integer(.between(1, 1000)), "Steps without a better loss.")])
    }
  }

  private func read(_ overrides: String...) throws -> (Patience, ConfigurationDecoder) {
    let decoder = ConfigurationDecoder(try ConfigurationTree(files: [], overrides: overrides))
    var patience = Patience()
    decoder.read(Patience.keys, into: &patience)
    return (patience, decoder)
  }

  @Test func aKeyIsReadCheckedAndListedByItsRow() throws {
    #expect(try read().0.steps == 100)
    #expect(try read("patience.steps=7").0.steps == 7)
    let (_, decoder) = try read("patience.steps=0", "patience.step=1")
    let error = #expect(throws: ConfigurationError.self) { try decoder.finish() }
    #expect(
      error?.problems.map(\.description) == [
        "command line: `patience.steps` is `0`, expected a whole number from 1 to 1000",
        "command line: unknown key `patience.step`; did you mean `patience.steps`?",
      ])

    let key = try #require(decoder.keys.first { $0.role == .setting })
    let page = ConfigurationPage("<!-- settings: patience -->\n", [key]).updated
    #expect(
      page.contains(
        "| `patience.steps` | whole number from 1 to 1000 | 100 | Steps without a better loss. |"))
  }

  /// An objective is a class and a definition in the list.
  private static let toy = ObjectiveDefinition(
    name: "toy", summary: "one weight, towards zero", pictureUnit: { _ in 1 },
    make: { _ in try ToyObjective { _ in 1 } })

  @Test func anObjectiveIsChosenByItsNameAndTrains() throws {
    let training = try TinyTraining()
    let objectives = ObjectiveDefinition.all + [Self.toy]
    let loaded = try TrainingConfiguration.load(
      files: [training.path("autoencoder.yaml")],
      overrides: ["objective=toy", "lightning.trainer.max_steps=3"], objectives: objectives)
    let outcome = try TrainingRun(
      new: loaded, output: training.path("toy"), objectives: objectives
    ).train()
    #expect(outcome.isComplete && outcome.steps == 3)
    #expect(try training.log("toy").count == 3)
  }

  @Test func objectivesAreRefusedByNameWithTheKnownOnes() {
    let error = #expect(throws: ConfigurationError.self) {
      try TrainingConfiguration.load(files: [], overrides: ["objective=toy"])
    }
    #expect(
      error?.description == "command line: `objective` is the text \"toy\", expected one of "
        + "`autoencoder`, `image-encoder`, `latent-diffusion`, `harmonisation`, `clip`, "
        + "`text-to-image`, `consistency-distillation`, "
        + "`tiny-decoder`")
  }
}
