import Foundation
import Testing
import Training

/// Ranks that could not be those of one run are told apart by name before anything is trained.
@Suite struct RankFactsTests {
  /// What a rank tells the others, with some of it changed.
  private func facts(_ changes: [String: String] = [:]) throws -> RankFacts {
    var members = [
      "host": #""first""#, "version": #""0.2""#, "processor": #""AVX-512""#,
      "configuration": #""seed: 1\nobjective: autoencoder\n""#, "checkpoint": #""step-000004""#,
      "dataset": #""boxes""#, "weights": #""0123""#,
      "state":
        #"{"step": 4, "draw": 4, "position": {"epoch": 0, "index": 4}, "averageUpdates": 0}"#,
    ]
    members.merge(changes) { _, new in new }
    let text = members.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    return try JSONDecoder().decode(RankFacts.self, from: Data("{\(text)}".utf8))
  }

  /// What is said of a last of three ranks, on another machine; nil where nothing is wrong with it.
  private func complaint(
    _ changes: [String: String], allowingMixedProcessors: Bool = false
  ) throws -> String? {
    let other = try facts(changes.merging(["host": #""second""#]) { own, _ in own })
    do {
      try RankFacts.requireAgreement(
        [facts(), facts(), other], allowing: allowingMixedProcessors)
      return nil
    } catch let difference as RankDifference {
      #expect(difference.rank == 2)
      return "\(difference)"
    }
  }

  @Test(arguments: [
    ("version", #""0.3""#, "another version than rank 0 (first): 0.3 instead of 0.2"),
    ("processor", #""AVX2""#, "another processor than rank 0 (first): AVX2 instead of AVX-512"),
    (
      "configuration", #""seed: 2\nobjective: autoencoder\n""#,
      "another configuration than rank 0 (first): seed: 2 instead of seed: 1"
    ),
    ("configuration", #""seed: 1\n""#, "nothing instead of objective: autoencoder"),
    ("checkpoint", #""step-000002""#, "step-000002 instead of step-000004; the run's directory"),
    ("checkpoint", "null", "none instead of step-000004"),
    ("dataset", #""others""#, "another data set than rank 0 (first): others instead of boxes"),
    ("weights", #""4567""#, "give every rank the same files under `initialize`"),
    (
      "state",
      #"{"step": 4, "draw": 8, "position": {"epoch": 0, "index": 4}, "averageUpdates": 0}"#,
      "another weights"
    ),
  ])
  func everyDifferenceHasItsName(_ fact: String, _ value: String, _ message: String) throws {
    let complaint = try #require(try complaint([fact: value]))
    #expect(complaint.hasPrefix("rank 2 (second)"))
    #expect(complaint.contains(message), "\(complaint)")
  }

  @Test func equalRanksMayTrain() throws {
    #expect(try complaint([:]) == nil)
  }

  /// Other processors have other last bits, in what is drawn and measured, too; that is allowed on request,
  /// and nothing else with it.
  @Test func processorsMayDifferOnRequest() throws {
    let other = ["processor": #""AVX2""#, "weights": #""4567""#]
    #expect(try complaint(other, allowingMixedProcessors: true) == nil)
    let more = other.merging(["dataset": #""others""#]) { own, _ in own }
    let found = try complaint(more, allowingMixedProcessors: true)
    #expect(found?.contains("data set") == true)
  }
}
