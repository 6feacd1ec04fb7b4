import Foundation
import Support

/// One command of a plan. Killed anywhere and given again, it must go on to the same files.
package struct PlanStage: Codable, Equatable, Sendable {
  /// A word for file names; no two stages have the same.
  package let name: String
  /// What it is for.
  package let title: String
  /// A program of ours and its arguments.
  package let command: [String]
  /// Stages whose files it reads, each of which comes before it.
  package let inputs: [String]
  /// A file or folder that is there only once it is done.
  package let product: String
  /// About how long it takes on two cores, before anything was measured.
  package let seconds: Double

  package init(
    _ name: String, _ title: String, _ command: [String], after inputs: [String] = [],
    product: String, seconds: Double
  ) {
    (self.name, self.title, self.command) = (name, title, command)
    (self.inputs, self.product, self.seconds) = (inputs, product, seconds)
  }

  /// As a person would type it.
  ///
  /// - Parameter programs: the folder of the programs, with its slash.
  package func line(programs: String) -> String {
    (["\(programs)\(command[0])"] + command.dropFirst().map(Self.quoted)).joined(separator: " ")
  }

  private static func quoted(_ argument: String) -> String {
    let isPlain = argument.wholeMatch(of: /[A-Za-z0-9_.,:=\/+@%-]+/) != nil
    return isPlain ? argument : "'" + argument.replacing("'", with: "'\\''") + "'"
  }
}

/// Stages in their order.
package struct Plan: Sendable {
  package let stages: [PlanStage]

  /// - Throws: ``PlanError/malformed(_:)`` for what no list of stages can be.
  package init(_ stages: [PlanStage]) throws {
    var known: Set<String> = []
    for stage in stages {
      guard stage.name.wholeMatch(of: /[a-z0-9][a-z0-9.-]*/) != nil else {
        throw PlanError.malformed("'\(stage.name)' is no name for a stage")
      }
      guard !stage.command.isEmpty else {
        throw PlanError.malformed("stage '\(stage.name)' has no command")
      }
      if let later = stage.inputs.first(where: { !known.contains($0) }) {
        throw PlanError.malformed("stage '\(stage.name)' needs '\(later)', which is not before it")
      }
      guard known.insert(stage.name).inserted else {
        throw PlanError.malformed("two stages are called '\(stage.name)'")
      }
    }
    self.stages = stages
  }

  /// The digest of each stage's command and, through its inputs, of all that it rests on.
  package var digests: [String: String] {
    stages.reduce(into: [:]) { digests, stage in
      let rests = stage.inputs.map { digests[$0] ?? "" }
      let parts = stage.command + [""] + rests
      digests[stage.name] = SHA256.hexadecimal(of: parts.joined(separator: "\0").utf8)
    }
  }

  package var seconds: Double { stages.reduce(0) { $0 + $1.seconds } }
}

/// Why a plan cannot be carried out.
package enum PlanError: Error, Equatable, CustomStringConvertible {
  case malformed(String)
  case otherPlan(stage: String, folder: String)
  case failed(stage: String, code: Int32, command: String)
  case noProduct(stage: String, product: String)
  case noProgram(String)

  package var description: String {
    switch self {
    case .malformed(let problem): "the plan is malformed: \(problem)"
    case .otherPlan(let stage, let folder):
      "\(folder): stage '\(stage)' was done by another command than this plan's (other numbers, or "
        + "another version of the plan); choose another folder, or remove this one to begin anew"
    case .failed(let stage, let code, let command):
      "stage '\(stage)' ended with \(code); what it did is kept. Its command, to try by itself:\n"
        + "  \(command)"
    case .noProduct(let stage, let product):
      "stage '\(stage)' ended without \(product): it was stopped before its end; start again to "
        + "continue"
    case .noProgram(let path): "\(path): no such program; build the package first"
    }
  }
}
