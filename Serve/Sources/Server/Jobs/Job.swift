import Foundation
import PaintByExample

/// A job as its clients know it.
struct Job: Sendable {
  enum Phase: String, Sendable {
    case queued, running, done, failed, cancelled
    var isOver: Bool { self != .queued && self != .running }
  }

  /// One of its pictures; the bytes are nil where a folder keeps them.
  struct Result: Sendable {
    let scale: Float
    let seed: UInt64
    let size: PictureSize
    var bytes: Data?
  }

  let id: String
  let model: String
  let begun: Date
  /// Nil when it is over: nothing of it is needed any more.
  var order: JobOrder?
  var phase = Phase.queued
  var place = 0
  var step = 0
  var steps: Int
  var rate: Double?
  var secondsLeft: Double?
  var notes: [String] = []
  var results: [Result] = []
  var error: String?
  var isUnwanted = false

  /// What listeners are told; of some kinds the latest only.
  private(set) var events: [Event] = []
  private var nextEvent = 1
  /// Woken when there is more to tell.
  var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
  /// Counts listeners that left, so that a later one shows.
  var departures = 0

  init(id: String, model: String, begun: Date, order: JobOrder?, steps: Int) {
    (self.id, self.model, self.begun) = (id, model, begun)
    (self.order, self.steps) = (order, steps)
  }

  mutating func say(_ kind: Event.Kind, _ data: JSONValue) {
    if kind.replacesEarlier { events.removeAll { $0.kind == kind } }
    if kind.isLast { events.removeAll { $0.kind.replacesEarlier } }
    events.append(Event(id: nextEvent, kind: kind, data: data))
    nextEvent += 1
    listeners.values.forEach { $0.yield() }
  }

  /// The job is over.
  mutating func end(_ phase: Phase, error: String? = nil) {
    guard !self.phase.isOver else { return }
    (self.phase, self.error, order) = (phase, error, nil)
    (rate, secondsLeft, place) = (nil, nil, 0)
    switch phase {
    case .failed: say(.failed, .object(["error": .string(error ?? "")]))
    case .cancelled: say(.cancelled, .object([:]))
    default: say(.done, .object([:]))
    }
  }

  mutating func add(_ result: Result) {
    results.append(result)
    say(.result, json(results.count - 1))
  }

  /// One of the results.
  private func json(_ index: Int) -> JSONValue {
    let result = results[index]
    return .object([
      "index": .integer(index), "seed": .integer(Int(clamping: result.seed)),
      "scale": .number(Double("\(result.scale)") ?? Double(result.scale)),
      "url": .string("/jobs/\(id)/results/\(index)"),
      "width": .integer(result.size.width), "height": .integer(result.size.height),
    ])
  }

  var progress: JSONValue {
    .object([
      "step": .integer(step), "steps": .integer(steps), "rate": JSONValue(rate),
      "secondsLeft": JSONValue(secondsLeft), "result": .integer(results.count),
    ])
  }

  /// What `GET /jobs/ID` says.
  var json: JSONValue {
    var members: [String: JSONValue] = [
      "id": .string(id), "model": .string(model), "state": .string(phase.rawValue),
      "created": .string(begun.formatted(.iso8601)), "place": .integer(place),
      "step": .integer(step), "steps": .integer(steps), "rate": JSONValue(rate),
      "secondsLeft": JSONValue(secondsLeft), "notes": .array(notes.map { .string($0) }),
      "results": .array(results.indices.map(json)),
    ]
    if let error { members["error"] = .string(error) }
    return .object(members)
  }

  var resultBytes: Int { results.reduce(0) { $0 + ($1.bytes?.count ?? 0) } }
}
