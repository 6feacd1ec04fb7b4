import Evaluation
import Foundation
import Support
import Tensors

/// The paper's three numbers.
package enum Measure: String, CaseIterable, Sendable {
  case distance = "FID"
  case quality = "QS"
  case likeness = "CLIP score"

  package var isBetterWhenLower: Bool { self == .distance }
  var title: String { "\(rawValue) \(isBetterWhenLower ? "↓" : "↑")" }
}

/// A finished evaluation of the plan, as far as the claims need it.
package struct PaperRun: Sendable {
  package let folder: String
  package let identifiers: [String]
  /// 100 × cosine, of each case.
  package let likeness: [Double]
  /// Log-likelihood / 300 × 100 of each case, not clipped: where the paper's protocol clips, nothing
  /// would be left to compare. Where it doesn't this is the same.
  package let quality: [Double]
  /// CLIP's features of the results, a row a case.
  package let features: Matrix
  /// CLIP's features inside the masks, and of the references; a row a case.
  package let regions: (result: Tensor, reference: Tensor)

  package init(
    folder: String, identifiers: [String], likeness: [Double], quality: [Double], features: Matrix,
    regions: (result: Tensor, reference: Tensor)
  ) {
    (self.folder, self.identifiers) = (folder, identifiers)
    (self.likeness, self.quality, self.features) = (likeness, quality, features)
    self.regions = regions
  }

  /// - Throws: ``PaperRunError``; what is wrong with the files.
  package init(at folder: String) throws {
    let file = try Safetensors(PaperFolder.features(of: folder))
    let lists = try ["ids", "clip_score.ids"].map { name in
      try JSONDecoder().decode([String].self, from: Data((file.metadata[name] ?? "[]").utf8))
    }
    let identifiers = lists[0]
    let rows = try Self.rows(folder)
    let found = identifiers.compactMap { rows[$0] }
    let whole = try file.tensor("clip")
    guard lists[0] == lists[1], !found.isEmpty, found.count == identifiers.count,
      whole.shape[0] == found.count
    else {
      throw PaperRunError(
        folder: folder, reason: "not every case has features, a quality score and a CLIP score")
    }
    self.init(
      folder: folder, identifiers: identifiers, likeness: found.map(\.likeness),
      quality: found.map { $0.likelihood / 3 },
      features: Matrix(
        rows: whole.shape[0], columns: whole.shape[1], values: whole.values.map(Double.init)),
      regions: (
        result: try file.tensor("clip_score.result"),
        reference: try file.tensor("clip_score.reference")
      ))
  }

  private static func rows(
    _ folder: String
  ) throws -> [String: (likeness: Double, likelihood: Double)] {
    var rows: [String: (likeness: Double, likelihood: Double)] = [:]
    for line in try PaperFiles.lines("\(folder)/cases.jsonl") {
      guard case .string(let id)? = line["id"], let likeness = line["clip_score"]?.double,
        let likelihood = line["log_likelihood"]?.double
      else { continue }
      rows[id] = (likeness, likelihood)
    }
    return rows
  }
}

package struct PaperRunError: Error, CustomStringConvertible {
  let folder: String
  let reason: String
  package var description: String { "\(folder): \(reason)" }
}

/// Reading what other stages wrote.
enum PaperFiles {
  static func object(_ path: String) throws -> [String: JSONValue] {
    let value = try JSONValue(parsing: FileSystem.contents(of: path))
    guard case .object(let members) = value else {
      throw PaperRunError(folder: path, reason: "is no JSON object")
    }
    return members
  }

  static func lines(_ path: String) throws -> [[String: JSONValue]] {
    try FileSystem.contents(of: path).split(separator: UInt8(ascii: "\n")).map { line in
      guard case .object(let members) = try JSONValue(parsing: Data(line)) else {
        throw PaperRunError(folder: path, reason: "holds a line that is no JSON object")
      }
      return members
    }
  }
}

extension JSONValue {
  var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
