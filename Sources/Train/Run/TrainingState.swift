import Datasets
import Foundation
import Support

/// What a training needs, beside weights and moments, to resume as if it had never stopped.
public struct TrainingState: Codable, Equatable {
  /// Optimiser steps taken.
  var step = 0
  /// Micro-batches drawn: random numbers are keyed by it.
  var draw = 0
  /// The batch that comes next.
  var position = DataPosition()
  /// Updates of the averaged weights.
  var averageUpdates = 0
  /// Examples of a batch, by which the position counts; nil in checkpoints before version 0.2.
  var batchSize: Int?
  /// Of the data set in which the position is.
  var dataset: String?
  /// Measured at the start where the configuration says `auto`.
  var latentScale: Float?

  public init() {}

  private static let file = "training_state.json"

  /// Writes the state into a checkpoint's folder.
  func write(to folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(try encoder.encode(self), to: "\(folder)/\(Self.file)")
  }

  /// Reads the state of a checkpoint.
  ///
  /// - Parameters:
  ///   - folder: the checkpoint's.
  ///   - step: whose checkpoint it is by the folder's name.
  /// - Throws: ``RunError/badState(_:_:)``, `FileError`.
  static func read(from folder: String, ofStep step: Int) throws -> TrainingState {
    let path = "\(folder)/\(file)"
    let data: MappedFile
    do {
      data = try MappedFile(path)
    } catch {
      throw RunError.reading(folder, error)
    }
    guard let state = try? JSONDecoder().decode(TrainingState.self, from: Data(data.bytes)),
      state.isPossible
    else { throw RunError.badState(folder, "\(path): cannot be read as a training state") }
    guard state.step == step else {
      throw RunError.badState(
        folder, "\(path): is the state after step \(state.step), not after step \(step)")
    }
    return state
  }

  /// Whether a run can have come to this: each step draws at least once and updates the average once at
  /// most. So bounded, no sum of these numbers overflows.
  private var isPossible: Bool {
    [step, draw, position.epoch, position.index, averageUpdates].allSatisfy { $0 >= 0 }
      && draw < 1 << 53 && step <= draw && averageUpdates <= step
      && max(position.epoch, position.index) < 1 << 32
      && batchSize.map { (1...65_536).contains($0) } ?? true
      && latentScale.map { $0.isFinite && $0 > 0 } ?? true
  }
}
