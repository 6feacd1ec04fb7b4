import Foundation
import HTTPTypes
import PaintByExample

/// Jobs: put up, followed, fetched, cancelled.
struct JobRoutes: RouteGroup {
  let board: JobBoard
  let models: ModelShelf
  let desk: DecodingDesk
  let limits: Limits

  var routes: [Route] {
    [
      Route(.post, "/jobs") { call in try await add(call) },
      Route(.get, "/jobs") { _ in
        .json(.object(["jobs": .array(board.jobs.map(\.json))]))
      },
      Route(.get, "/jobs/{id}") { call in .json(try job(call).json) },
      Route(.delete, "/jobs/{id}") { call in try cancel(call) },
      Route(.get, "/jobs/{id}/events") { call in try follow(call) },
      Route(.get, "/jobs/{id}/results/{index}") { call in try result(call) },
    ]
  }

  private func add(_ call: Call) async throws -> Answer {
    let order = try await desk.run { try JobOrder(Given(body: call.body), models, limits) }
    let (id, place, seconds) = try board.add(order)
    return .json(
      .object([
        "id": .string(id), "place": .integer(place), "seconds": JSONValue(seconds),
      ]), .accepted, [.location: "/jobs/\(id)"])
  }

  private func job(_ call: Call) throws(Refusal) -> Job {
    guard let job = board.job(call.parameters["id"] ?? "") else { throw Self.unknown }
    return job
  }

  private func cancel(_ call: Call) throws(Refusal) -> Answer {
    guard board.cancel(call.parameters["id"] ?? "") else { throw Self.unknown }
    return Answer(.noContent)
  }

  private func follow(_ call: Call) throws(Refusal) -> Answer {
    let last = call.fields[.lastEventID].flatMap { Int($0) } ?? 0
    guard let feed = try board.listen(call.parameters["id"] ?? "", after: last) else {
      throw Self.unknown
    }
    let (events, isOver) = feed.after(last)
    guard events.isEmpty, isOver else { return Answer(feed) }
    // Nothing will come: a browser that is told so does not ask again.
    feed.leave()
    return Answer(.noContent)
  }

  private func result(_ call: Call) throws(Refusal) -> Answer {
    let index = call.parameters["index"].flatMap { $0.utf8.count < 6 ? Int($0) : nil }
    guard let index, let bytes = board.result(call.parameters["id"] ?? "", index) else {
      throw Refusal(.notFound, "there is no such result; GET /jobs/ID lists a job's")
    }
    return Answer(type: "image/png", bytes, [.cacheControl: "private, max-age=31536000, immutable"])
  }

  private static let unknown = Refusal(
    .notFound, "there is no such job, or it is forgotten; GET /jobs lists those that are known")
}

extension HTTPField.Name {
  fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
