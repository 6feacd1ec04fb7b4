import Foundation
import PaintByExample
import Synchronization

/// Does the jobs, one at a time on all cores, in a thread of its own.
final class Worker: Sendable {
  private let board: JobBoard
  private let models: ModelShelf
  private let folder: ResultFolder?
  /// Seconds without work after which weights leave memory; nil for never.
  private let keep: Double?
  private let log: @Sendable (String) -> Void

  init(
    _ board: JobBoard, _ models: ModelShelf, _ folder: ResultFolder?, keep: Double?,
    log: @escaping @Sendable (String) -> Void
  ) {
    (self.board, self.models, self.folder, self.keep) = (board, models, folder, keep)
    self.log = log
  }

  /// Works until the board closes; `ended` is called then.
  func start(_ ended: @escaping @Sendable () -> Void) {
    let thread = Thread { [self] in
      while !board.isClosed {
        let isLoaded = models.models.contains(where: \.isLoaded)
        if let (id, order) = board.next(within: isLoaded ? keep : nil) {
          perform(id, order)
        } else if isLoaded, keep != nil, !board.isClosed {
          models.models.forEach { $0.release() }
        }
      }
      ended()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  private func perform(_ id: String, _ order: JobOrder) {
    log(
      "job \(id.prefix(8)): \(order.series.results) × \(order.steps) steps with \(order.model.name)"
    )
    do {
      let seconds = try edit(id, order)
      board.finish(id, .done, seconds: seconds)
    } catch is Cancellation {
      board.finish(id, .cancelled)
    } catch {
      board.finish(id, .failed, error: errorText(error))
    }
    guard let job = board.job(id) else { return }
    log("job \(id.prefix(8)): \(job.phase.rawValue)\(job.error.map { ": \(printable($0))" } ?? "")")
    folder?.save(job)
  }

  /// - Returns: seconds that the sampling took.
  private func edit(_ id: String, _ order: JobOrder) throws -> Double {
    let run = try order.run()
    try makeRoom(for: run, order.model)
    order.model.markLoaded()
    let preview = order.model.preview()
    let watch = Stopwatch()
    let shown = Mutex(-Double.infinity)
    let region = run.region
    try run.forEachResult(
      progress: { try advance(id, watch) },
      watch: { latents in
        guard let preview, shown.isDue(watch.seconds), board.hasListeners(id) else { return }
        show(preview.image(of: latents), of: region, id)
      },
      { result in
        let bytes = try result.pngData()
        let index = board.job(id)?.results.count ?? 0
        try folder?.save(bytes, id, index)
        let kept = Job.Result(
          scale: result.scale, seed: result.seed, size: result.size,
          bytes: folder == nil ? bytes : nil)
        board.update(id) { $0.add(kept) }
        if let job = board.job(id) { folder?.save(job) }
      })
    return watch.seconds
  }

  /// Makes sure that a job has the memory that it needs: other models' weights leave if need be.
  ///
  /// - Throws: `EditError.tooMuchMemory`.
  private func makeRoom(for run: EditRun, _ model: ServedModel) throws {
    let (needed, available) = run.memory
    if let needed, let available, needed.total > available {
      for other in models.models where other !== model && other.isLoaded { other.release() }
    }
    _ = try run.checkMemory()
  }

  private func advance(_ id: String, _ watch: Stopwatch) throws {
    guard !board.isUnwanted(id) else { throw Cancellation() }
    let seconds = watch.seconds
    board.update(id) { job in
      job.step = min(job.step + 1, job.steps)
      job.rate = seconds > 0 ? Double(job.step) / seconds : nil
      job.secondsLeft = job.rate.map { Double(job.steps - job.step) / $0 }
      job.say(.progress, job.progress)
    }
  }

  private func show(_ image: Image, of region: PixelRectangle, _ id: String) {
    guard let file = try? image.pngData() else { return }
    let data = JSONValue.object([
      "image": .string("data:image/png;base64," + file.base64EncodedString()),
      "region": region.json,
    ])
    board.update(id) { $0.say(.preview, data) }
  }
}

/// Seconds since it was made.
private struct Stopwatch: Sendable {
  private let start = ContinuousClock.now

  var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}

extension Mutex<Double> {
  /// Whether it is time for another preview; so often and no more.
  fileprivate borrowing func isDue(_ now: Double) -> Bool {
    withLock { last in
      guard now - last >= 0.3 else { return false }
      last = now
      return true
    }
  }
}

extension PixelRectangle {
  var json: JSONValue {
    .object([
      "x": .integer(x), "y": .integer(y), "width": .integer(width), "height": .integer(height),
    ])
  }
}
