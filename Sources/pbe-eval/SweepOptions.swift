import ArgumentParser
import Evaluation
import Foundation

/// Several settings of the sampler instead of one.
struct SweepOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Evaluate at each of these guidance scales.", valueName: "s,s,…"),
    transform: SweepOptions.scales)
  var scales: [Float] = []

  @Option(
    help: ArgumentHelp("Evaluate with each of these numbers of steps.", valueName: "n,n,…"),
    transform: SweepOptions.counts)
  var stepCounts: [Int] = []

  var settings: [SweepSetting] { SweepSetting.grid(scales: scales, stepCounts: stepCounts) }

  var isGiven: Bool { !given.isEmpty }

  /// The options that were given, by name.
  var given: [String] {
    (scales.isEmpty ? [] : ["--scales"]) + (stepCounts.isEmpty ? [] : ["--step-counts"])
  }

  func validate(_ sampling: SamplingOptions) throws {
    if !scales.isEmpty, sampling.scale != nil {
      throw ValidationError("Give either --scale or --scales, not both.")
    }
    if !stepCounts.isEmpty, sampling.steps != nil {
      throw ValidationError("Give either --steps or --step-counts, not both.")
    }
  }

  @Sendable private static func scales(_ argument: String) throws -> [Float] {
    try values(argument, "--scales", "numbers with commas between them, such as 1,2,3,5,7") {
      Float($0).flatMap { $0.isFinite ? $0 : nil }
    }
  }

  @Sendable private static func counts(_ argument: String) throws -> [Int] {
    try values(argument, "--step-counts", "whole numbers from 1 to 1000, such as 10,20,50") {
      Int($0).flatMap { (1...1000).contains($0) ? $0 : nil }
    }
  }

  private static func values<Value: Equatable>(
    _ argument: String, _ option: String, _ expected: String, _ parse: (String) -> Value?
  ) throws -> [Value] {
    var result: [Value] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let value = parse(part.trimmingCharacters(in: .whitespaces)) else {
        throw ValidationError("\(option): found '\(part)', expected \(expected)")
      }
      guard !result.contains(value) else {
        throw ValidationError("\(option): lists \(part) twice. Each setting must be listed once.")
      }
      result.append(value)
    }
    return result
  }
}
