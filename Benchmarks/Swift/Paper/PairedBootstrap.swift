import Foundation
import Support
import Tensors

/// A number with its 95 % interval.
package struct Estimate: Equatable, Sendable {
  package let value: Double
  package let low: Double
  package let high: Double

  package init(_ value: Double, low: Double, high: Double) {
    (self.value, self.low, self.high) = (value, low, high)
  }

  /// Seen from the other side.
  package var reversed: Estimate { Estimate(-value, low: -high, high: -low) }
}

/// Runs over the same cases, measured and compared by one set of bootstrap draws.
///
/// Every draw takes cases with replacement, the same ones for all runs: what makes a case hard makes it
/// hard for both sides, and is not in their difference. Where a side has several seeds, a draw first
/// takes seeds with replacement, the same places on both sides: a second level, so that what a seed
/// does by chance is in the interval.
package final class PairedBootstrap {
  package static let resamples = 1000

  private let reference: FeatureStatistics
  private let count: Int
  private let weights: [[Double]]
  private var kept: [String: [Double]] = [:]

  /// - Parameters:
  ///   - reference: of real pictures.
  ///   - count: of cases in every run.
  package init(reference: FeatureStatistics, count: Int) {
    (self.reference, self.count) = (reference, count)
    weights = (0..<Self.resamples).map { resampledWeights(count, index: $0) }
  }

  /// The mean over the seeds of what a side scores.
  package func estimate(_ measure: Measure, of runs: [PaperRun]) throws -> Estimate {
    try interval(measure, try runs.map { try values(measure, of: $0) })
  }

  /// `a` less `b`, whose seeds stand at the same places.
  package func difference(
    _ measure: Measure, _ a: [PaperRun], less b: [PaperRun]
  ) throws -> Estimate {
    precondition(a.count == b.count, "\(a.count) and \(b.count) seeds")
    let differences = try zip(a, b).map { a, b in
      zip(try values(measure, of: a), try values(measure, of: b)).map { $0 - $1 }
    }
    return try interval(measure, differences)
  }

  /// The mean of one number a case, with its interval.
  package func mean(_ values: [Double]) -> Estimate {
    percentiles([values.mean] + weights.map { weighted(values, $0) })
  }

  /// - Parameter seeds: of each seed the value itself, then those of the draws.
  private func interval(_ measure: Measure, _ seeds: [[Double]]) throws -> Estimate {
    let value = seeds.map { $0[0] }.mean
    let draws = (0..<Self.resamples).map { index in
      var random = RandomStream(seed: 0, purpose: "bootstrap of seeds", index: UInt64(index))
      return seeds.map { _ in seeds[random.integer(0...seeds.count - 1)][index + 1] }.mean
    }
    // Draws with replacement raise a distance, so that its percentiles lie beside the value.
    guard measure == .distance else { return percentiles([value] + draws) }
    let error = 1.96 * draws.deviation
    return Estimate(value, low: value - error, high: value + error)
  }

  private func percentiles(_ values: [Double]) -> Estimate {
    let draws = values.dropFirst().sorted()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(draws.count - 1)
      let below = Int(place)
      let above = min(below + 1, draws.count - 1)
      return draws[below] + (place - Double(below)) * (draws[above] - draws[below])
    }
    return Estimate(values[0], low: quantile(0.025), high: quantile(0.975))
  }

  /// The value of a run, then that of each draw.
  private func values(_ measure: Measure, of run: PaperRun) throws -> [Double] {
    guard run.identifiers.count == count else {
      throw PaperRunError(
        folder: run.folder, reason: "has \(run.identifiers.count) cases, the others \(count)")
    }
    let key = "\(measure.rawValue) \(run.folder)"
    if let known = kept[key] { return known }
    let found: [Double] =
      switch measure {
      case .distance:
        [try FrechetDistance(from: run.features, to: reference, resamples: 0).value]
          + (try FrechetDistance.resampled(
            run.features, to: reference, resamples: Self.resamples))
      case .quality: [run.quality.mean] + weights.map { weighted(run.quality, $0) }
      case .likeness: [run.likeness.mean] + weights.map { weighted(run.likeness, $0) }
      }
    kept[key] = found
    return found
  }

  private func weighted(_ values: [Double], _ weights: [Double]) -> Double {
    zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
  }
}
