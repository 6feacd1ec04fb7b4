import Foundation
import Pictures
import Support

extension Evaluator {
  /// Says how long a run that makes pictures will take, when that is long.
  ///
  /// - Throws: ``EvaluationError/diskTooSmall(folder:needed:free:)``.
  func announce(
    _ cases: [BenchCase], pending: [BenchCase], with method: some Method, batch: Int
  ) throws {
    // Each is asked once: whether a file can be read may change, which no lazy collection survives.
    var tried: [BenchCase] = []
    for benchCase in pending where tried.count < batch && CasePictures.isReadable(benchCase) {
      tried.append(benchCase)
    }
    // What goes wrong in a trial is told when the case's turn comes.
    guard !tried.isEmpty, let trial = try? method.trial(tried, of: pending.count),
      let sample = try? CasePictures(tried[0])
    else { return }
    var estimate = EvaluationEstimate()
    estimate.toMake = pending.count
    estimate.made = cases.count - pending.count
    let perCase = trial.secondsPerCase + secondsToStore(trial.picture)
    estimate.secondsToMake = perCase * Double(pending.count)
    let pixels = Double(trial.picture.width * trial.picture.height * pending.count)
    estimate.pictureBytes = Int(bytesPerPixel(sample, tried[0]) * pixels)
    let toMeasure = unmeasured(cases).union(pending.map(\.identifier)).count
    try announce(&estimate, toMeasure, tried[0], sample, at: PictureSize(trial.picture))
  }

  /// The same for pictures made elsewhere.
  func announce(_ cases: [BenchCase], results: URL) throws {
    let missing = unmeasured(cases)
    guard missing.count >= 100,
      let tried = cases.first(where: {
        missing.contains($0.identifier) && CasePictures.isReadable($0)
      }),
      let sample = try? CasePictures(tried)
    else { return }
    let picture = ResultStore.picture(of: tried.identifier, in: results)
    let result = (try? ImageFile.read(picture.relativePath).image) ?? sample.groundTruth
    var estimate = EvaluationEstimate()
    try announce(&estimate, missing.count, tried, sample, at: PictureSize(result))
  }

  private func announce(
    _ estimate: inout EvaluationEstimate, _ toMeasure: Int, _ benchCase: BenchCase,
    _ sample: CasePictures, at size: PictureSize
  ) throws {
    estimate.toMeasure = toMeasure
    estimate.secondsToMeasure =
      (try? secondsToMeasure(benchCase, sample, at: size)).map { $0 * Double(toMeasure) } ?? 0
    let numbers = folder.features.reduce(0) { $0 + $1.dimension }
    estimate.featureBytes = 4 * numbers * toMeasure
    let free = freeBytes
    try estimate.check(free: free, in: output)
    if estimate.isLong { progress.note(estimate.text(free: free)) }
  }

  /// The identifiers of the cases that lack scores or features.
  private func unmeasured(_ cases: [BenchCase]) -> Set<String> {
    var measured = folder.scores.identifiers(among: cases)
    for store in folder.features where store.kind != .regions {
      measured.formIntersection(store.identifiers(among: cases))
    }
    return Set(cases.map(\.identifier)).subtracting(measured)
  }

  /// What it takes to write a picture, which is most of the work of a baseline.
  private func secondsToStore(_ picture: Image) -> Double {
    let file = output.appending(path: ".trial.png").relativePath
    defer { FileSystem.remove(file) }
    return timed { try? picture.writePNG(to: file) }.seconds
  }

  /// Scores and encodes a case's ground truth as if it were the result, on every thread at once.
  private func secondsToMeasure(
    _ benchCase: BenchCase, _ sample: CasePictures, at size: PictureSize
  ) throws -> Double {
    let result = sample.resized(size).groundTruth
    let (stores, metrics) = (folder.features, selection.list.pictureMetrics)
    let (_, seconds) = try timed {
      try parallelMap(threadCount) { _ in
        let measurements = try CaseMeasurements(sample, result: result, metrics)
        let score = CaseScore(
          benchCase: benchCase, digests: CaseDigests(inputs: "", result: ""),
          measurements: measurements)
        for store in stores { try store.trial(score, result) }
      }
    }
    return seconds / Double(threadCount)
  }

  /// What a pixel of a PNG takes: as in the ground truth's file, at most 3.
  private func bytesPerPixel(_ sample: CasePictures, _ benchCase: BenchCase) -> Double {
    guard let status = FileSystem.status(benchCase.groundTruth.relativePath) else { return 3 }
    return min(
      3, Double(status.st_size) / Double(sample.groundTruth.width * sample.groundTruth.height))
  }

  /// Of the disk that the output is on.
  private var freeBytes: Int? {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: output.relativePath)
    return attributes?[.systemFreeSize] as? Int
  }
}
