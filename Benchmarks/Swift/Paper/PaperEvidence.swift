import Evaluation
import Foundation
import Pictures
import Support
import Tensors

/// The finished runs that claims rest on, read once each.
package final class PaperEvidence {
  package let folder: PaperFolder
  package let size: PaperSize
  package let bootstrap: PairedBootstrap
  private var kept: [String: PaperRun] = [:]
  private let reference: FeatureStatistics

  /// Numbers of the judge's features.
  var dimension: Int { reference.dimension }

  /// How many details the growing prompts have.
  static let details = Array(1...4)

  /// - Throws: ``PaperRunError``; what is wrong with the files.
  package init(_ folder: PaperFolder, _ size: PaperSize) throws {
    (self.folder, self.size) = (folder, size)
    let stored = try ReferenceStatistics(contentsOf: folder.statistics)
    guard let section = stored.sections[.clip] else {
      throw PaperRunError(folder: folder.statistics, reason: "has no statistics of CLIP's features")
    }
    reference = section.statistics
    bootstrap = PairedBootstrap(reference: reference, count: size.cases)
  }

  package func run(_ name: String) throws -> PaperRun {
    if let known = kept[name] { return known }
    let found = try PaperRun(at: folder.evaluation(name))
    kept[name] = found
    return found
  }

  /// The whole method: the last rung of the ablation, with its first seed.
  var ours: PaperRun {
    get throws { try run("\(Rung.guidance.word)-\(size.seeds[0])") }
  }

  func seeds(of rung: Rung) throws -> [PaperRun] {
    try size.seeds.map { try run("\(rung.word)-\($0)") }
  }

  func scale(_ scale: Int) throws -> PaperRun { try run("scale-\(scale)") }
  func prompt(_ details: Int) throws -> PaperRun { try run("prompt-\(details)") }

  func diversity() throws -> Diversity {
    let runs = try size.diversitySeeds.map { try run("diversity-\($0)") }
    return try Diversity(
      runs, bench: Bench(at: URL(filePath: folder.bench)),
      bootstrap: PairedBootstrap(reference: reference, count: size.diversityCases))
  }
}

/// How far results of one input lie apart, and how well each keeps its reference.
struct Diversity {
  /// A difference that one sees.
  static let visible = 5.0

  let bootstrap: PairedBootstrap
  /// Of each case: the mean over pairs of its results of the root mean square of their difference inside
  /// the mask, in levels of 255.
  let distances: [Double]
  /// Of each case: the mean CLIP score of its results.
  let likeness: [Double]
  /// Of each case: the least that one of its results is nearer to its own reference than to the next
  /// case's, in points of CLIP score.
  let leastAdvantages: [Double]

  /// - Parameter runs: the same cases with other seeds.
  init(_ runs: [PaperRun], bench: Bench, bootstrap: PairedBootstrap) throws {
    self.bootstrap = bootstrap
    let identifiers = runs[0].identifiers
    let cases = Dictionary(uniqueKeysWithValues: bench.cases.map { ($0.identifier, $0) })
    distances = try parallelMap(identifiers.count) { place in
      guard let benchCase = cases[identifiers[place]] else {
        throw PaperRunError(folder: runs[0].folder, reason: "has a case that the bench has not")
      }
      let mask = try ImageFile.readMask(benchCase.mask.relativePath).pixels
      let results = try runs.map { run in
        try ImageFile.read("\(run.folder)/results/\(identifiers[place]).png").image
      }
      guard results.allSatisfy({ ($0.width, $0.height) == (mask.width, mask.height) }) else {
        throw PaperRunError(folder: runs[0].folder, reason: "its results have not the masks' size")
      }
      return Self.meanDistance(results, inside: mask)
    }
    likeness = identifiers.indices.map { i in runs.map { $0.likeness[i] }.mean }
    leastAdvantages = identifiers.indices.map { i in
      runs.map { $0.advantage(of: i) }.min() ?? 0
    }
  }

  static func meanDistance(_ results: [Image], inside mask: GrayImage) -> Double {
    let places = mask.pixels.indices.filter { mask.pixels[$0] >= 128 }.flatMap { pixel in
      (0..<3).map { 3 * pixel + $0 }
    }
    let pairs = results.indices.flatMap { i in
      (0..<i).map { (results[i].pixels, results[$0].pixels) }
    }
    guard !pairs.isEmpty, !places.isEmpty else { return 0 }
    return pairs.map { a, b in
      let squares = places.reduce(0.0) { sum, i in
        let difference = Double(a[i]) - Double(b[i])
        return sum + difference * difference
      }
      return (squares / Double(places.count)).squareRoot()
    }.mean
  }
}

extension PaperRun {
  /// By how much a result is nearer to its own reference than to the next case's, in points of CLIP
  /// score.
  fileprivate func advantage(of place: Int) -> Double {
    func row(_ tensor: Tensor, _ i: Int) -> [Float] { tensor.slice(i..<i + 1, axis: 0).values }
    let result = row(regions.result, place)
    let next = (place + 1) % identifiers.count
    return 100
      * (cosine(result, row(regions.reference, place))
        - cosine(result, row(regions.reference, next)))
  }
}
