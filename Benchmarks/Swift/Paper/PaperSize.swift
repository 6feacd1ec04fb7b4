import Foundation

/// How much of everything: the run that counts, or a trial of all its parts in minutes.
package struct PaperSize: Sendable, Equatable {
  package let isQuick: Bool
  /// Height and width of pictures.
  package let picture = 64

  // Scenes: pictures that models are trained on, that judges are trained on, real ones to compare with.
  package let scenes: Int
  package let judgeScenes: Int
  package let real: Int

  // Steps of training.
  package let autoencoder: Int
  package let clip: Int
  package let prior: Int
  package let harmoniser: Int
  package let rung: Int

  // Evaluation.
  package let cases: Int
  package let seeds: [Int]
  package let steps: Int
  package let components: Int
  package let scales: [Int]
  package let diversityCases: Int
  package let diversitySeeds: [Int]
  package let threads = ProcessInfo.processInfo.activeProcessorCount

  /// The scale of the last rung and of all that it is compared in: the paper's.
  package let scale = 5
  /// The scale of Stable Diffusion with text: its own usual one.
  package let textScale = 7.5

  package static let full = PaperSize(
    isQuick: false, scenes: 6000, judgeScenes: 6000, real: 2000, autoencoder: 1200, clip: 1200,
    prior: 2500, harmoniser: 800, rung: 800, cases: 500, seeds: [11, 12, 13], steps: 20,
    components: 20, scales: Array(1...10), diversityCases: 100,
    diversitySeeds: [1000, 2000, 3000, 4000, 5000])

  /// Too little of everything to learn anything from.
  package static let quick = PaperSize(
    isQuick: true, scenes: 48, judgeScenes: 48, real: 48, autoencoder: 4, clip: 4, prior: 4,
    harmoniser: 4, rung: 3, cases: 4, seeds: [11, 12], steps: 2, components: 2, scales: [1, 3, 5],
    diversityCases: 3, diversitySeeds: [1000, 2000])
}
