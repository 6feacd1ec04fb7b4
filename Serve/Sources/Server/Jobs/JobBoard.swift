import Foundation
import PaintByExample
import Synchronization

/// All jobs: those that wait, the one that runs, and the latest that are over.
///
/// One lock guards all of it, and is held for moments only.
final class JobBoard: Sendable {
  fileprivate struct State {
    var jobs: [String: Job] = [:]
    /// All that are known, oldest first.
    var known: [String] = []
    var waiting: [String] = []
    var running: String?
    var speed = Speed()
    var listener = 0
    var isClosed = false
  }

  private let state = Mutex(State())
  private let limits: Limits
  private let folder: ResultFolder?
  /// Signalled for each job that is put up, and when the board closes.
  private let work = DispatchSemaphore(value: 0)

  /// - Parameter folder: where results are kept; nil for memory.
  init(_ limits: Limits, _ folder: ResultFolder?) {
    (self.limits, self.folder) = (limits, folder)
    let kept = folder?.jobs() ?? []
    state.withLock { state in
      for job in kept {
        state.jobs[job.id] = job
        state.known.append(job.id)
      }
    }
  }

  // What clients do.

  /// Puts up a job.
  ///
  /// - Throws: ``Refusal`` where the queue is full or the server is ending.
  func add(_ order: JobOrder) throws(Refusal) -> (id: String, place: Int, seconds: Double?) {
    let added = state.withLock {
      state -> Swift.Result<(id: String, place: Int, seconds: Double?), Refusal> in
      guard !state.isClosed else {
        return .failure(Refusal(.serviceUnavailable, "the server is ending; try again later"))
      }
      guard state.waiting.count < limits.queue else {
        let seconds = state.seconds(before: state.waiting.count) ?? 30
        return .failure(
          Refusal(
            .tooManyRequests,
            "\(state.waiting.count) jobs are waiting, which is as many as may; try again later",
            [.retryAfter: "\(Int(seconds.rounded(.up)))"]))
      }
      let id = Self.newID()
      var job = Job(
        id: id, model: order.model.name, begun: Date(), order: order, steps: order.steps)
      job.notes = order.notes
      order.notes.forEach { job.say(.note, .object(["text": .string($0)])) }
      state.jobs[id] = job
      state.known.append(id)
      state.waiting.append(id)
      state.tellPlaces()
      state.forget(beyond: limits)
      return .success((id, state.jobs[id]?.place ?? 0, state.jobs[id]?.secondsLeft))
    }
    let found = try added.get()
    work.signal()
    return found
  }

  func job(_ id: String) -> Job? { state.withLock { $0.jobs[id] } }

  /// All that are known, the latest first.
  var jobs: [Job] {
    state.withLock { state in state.known.reversed().compactMap { state.jobs[$0] } }
  }

  /// The bytes of a result.
  func result(_ id: String, _ index: Int) -> Data? {
    guard let job = job(id), job.results.indices.contains(index) else { return nil }
    return job.results[index].bytes ?? folder?.result(id, index)
  }

  /// Ends a job that nobody wants any more; whether there is one of that name.
  func cancel(_ id: String) -> Bool {
    state.withLock { state in
      guard state.jobs[id] != nil else { return false }
      state.cancel(id)
      return true
    }
  }

  /// Follows a job's events; nil where there is no such job.
  ///
  /// - Parameter last: the id of the last event that the listener knows.
  /// - Throws: ``Refusal`` where too many listen.
  func listen(_ id: String, after last: Int) throws(Refusal) -> EventFeed? {
    let (wakes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let listener = state.withLock { state -> Int?? in
      guard state.jobs[id] != nil else { return .some(nil) }
      guard state.jobs.values.reduce(0, { $0 + $1.listeners.count }) < limits.listeners else {
        return nil
      }
      state.listener += 1
      state.jobs[id]?.listeners[state.listener] = continuation
      return state.listener
    }
    guard let listener else {
      throw Refusal(.tooManyRequests, "too many follow jobs already", [.retryAfter: "10"])
    }
    guard let listener else { return nil }
    continuation.yield()
    let pulse = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(limits.pulse))
        continuation.yield()
      }
    }
    continuation.onTermination = { _ in pulse.cancel() }
    return EventFeed(
      wakes: wakes,
      after: { [self] last in
        state.withLock { state in
          guard let job = state.jobs[id] else { return ([], true) }
          return (job.events.filter { $0.id > last }, job.phase.isOver)
        }
      },
      start: last,
      leave: { [self] in leave(id, listener) })
  }

  private func leave(_ id: String, _ listener: Int) {
    let departure = state.withLock { state -> Int? in
      state.jobs[id]?.listeners.removeValue(forKey: listener)?.finish()
      guard let job = state.jobs[id], job.listeners.isEmpty, !job.phase.isOver else { return nil }
      state.jobs[id]?.departures += 1
      return job.departures + 1
    }
    guard let departure else { return }
    Task {
      try? await Task.sleep(for: .seconds(limits.patience))
      state.withLock { state in
        guard let job = state.jobs[id], job.listeners.isEmpty, job.departures == departure else {
          return
        }
        state.cancel(id)
      }
    }
  }

  // What the worker does.

  /// The next job, when there is one; nil when none has come for some seconds, or the board has closed.
  func next(within seconds: Double?) -> (id: String, order: JobOrder)? {
    if let seconds {
      guard work.wait(timeout: .now() + seconds) == .success else { return nil }
    } else {
      work.wait()
    }
    return state.withLock { state in
      // A signal may be of a job that was cancelled since.
      guard !state.isClosed, !state.waiting.isEmpty else { return nil }
      let id = state.waiting.removeFirst()
      guard let order = state.jobs[id]?.order else { return nil }
      state.running = id
      state.jobs[id]?.phase = .running
      state.tellPlaces()
      return (id, order)
    }
  }

  /// Changes the running job.
  func update(_ id: String, _ change: (inout Job) -> Void) {
    state.withLock { state in
      guard var job = state.jobs.removeValue(forKey: id) else { return }
      change(&job)
      state.jobs[id] = job
    }
  }

  func isUnwanted(_ id: String) -> Bool { state.withLock { $0.jobs[id]?.isUnwanted ?? true } }

  func hasListeners(_ id: String) -> Bool {
    state.withLock { $0.jobs[id]?.listeners.isEmpty == false }
  }

  /// The running job has ended.
  ///
  /// - Parameter seconds: that its sampling took, if it went through.
  func finish(_ id: String, _ phase: Job.Phase, error: String? = nil, seconds: Double? = nil) {
    state.withLock { state in
      if let seconds, let job = state.jobs[id], let order = job.order {
        state.speed.learn(seconds, work: order.work, model: order.model.name)
      }
      state.jobs[id]?.end(phase, error: error)
      if state.running == id { state.running = nil }
      state.tellPlaces()
      state.forget(beyond: limits)
    }
  }

  // What the server does.

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Takes no more jobs, cancels those that wait and asks the running one to end.
  func close() {
    state.withLock { state in
      state.isClosed = true
      for id in state.waiting { state.cancel(id) }
      if let running = state.running { state.cancel(running) }
    }
    work.signal()
  }

  /// Ends what did not end in time after ``close()``.
  func abandon() {
    state.withLock { state in
      for id in state.known { state.jobs[id]?.end(.cancelled) }
    }
  }

  private static func newID() -> String {
    (0..<4).map { _ in
      let word = String(UInt32.random(in: 0 ... .max), radix: 16)
      return String(repeating: "0", count: 8 - word.count) + word
    }.joined()
  }
}

extension JobBoard.State {
  /// Tells those that wait how many are before them and when they may be done.
  fileprivate mutating func tellPlaces() {
    for (index, id) in waiting.enumerated() {
      let place = index + (running == nil ? 0 : 1)
      let seconds = seconds(before: index + 1)
      jobs[id]?.place = place
      jobs[id]?.secondsLeft = seconds
      jobs[id]?.say(
        .queued, .object(["place": .integer(place), "seconds": JSONValue(seconds)]))
    }
  }

  /// Seconds until the first of those that wait are done; nil where one's speed isn't known.
  fileprivate func seconds(before count: Int) -> Double? {
    let running = running.flatMap { jobs[$0] }
    var sum = running?.secondsLeft ?? 0
    if let running, running.secondsLeft == nil, let order = running.order {
      guard let whole = speed.seconds(order.work, model: order.model.name) else { return nil }
      sum = whole
    }
    for id in waiting.prefix(count) {
      guard let order = jobs[id]?.order,
        let own = speed.seconds(order.work, model: order.model.name)
      else { return nil }
      sum += own
    }
    return sum
  }

  fileprivate mutating func cancel(_ id: String) {
    guard jobs[id]?.phase.isOver == false else { return }
    jobs[id]?.isUnwanted = true
    guard let place = waiting.firstIndex(of: id) else { return }
    waiting.remove(at: place)
    jobs[id]?.end(.cancelled)
    tellPlaces()
  }

  /// Lets go of the oldest jobs that are over and that nobody follows, where they are too many or their
  /// pictures too large.
  fileprivate mutating func forget(beyond limits: Limits) {
    var bytes = jobs.values.reduce(0) { $0 + $1.resultBytes }
    for id in known where known.count > limits.jobs || bytes > limits.resultBytes {
      guard let job = jobs[id], job.phase.isOver, job.listeners.isEmpty else { continue }
      bytes -= job.resultBytes
      jobs[id] = nil
      known.removeAll { $0 == id }
    }
  }
}
