import Foundation
import HTTPTypes
import PaintByExample

/// Paints while a client of IOPaint waits, and tells all of them how far it is.
struct PaintingForIOPaint: Sendable {
  let board: JobBoard
  let desk: DecodingDesk
  let limits: Limits
  let sockets: SocketSessions

  /// Answers with the picture when it is done. Ends the job if the client leaves.
  ///
  /// - Throws: ``Refusal``, `CancellationError`; what is wrong with the request.
  func paint(_ body: Data, with model: ServedModel) async throws -> Answer {
    let (order, seed, steps) = try await desk.run {
      let request = try InpaintRequest(Given(body: body), limits)
      return (try JobOrder(request, model), request.seed, request.series.settings.steps)
    }
    let id = try board.add(order).id
    defer { sockets.emit(.finish) }
    try await follow(id, steps: steps)
    return try answer(id, seed: seed)
  }

  /// - Parameter steps: that the client asked for; samplers may take more evaluations.
  private func follow(_ id: String, steps: Int) async throws {
    guard let feed = try listen(id) else { return }
    defer { feed.leave() }
    try await withTaskCancellationHandler {
      var last = 0
      for await _ in feed.wakes {
        let (events, isOver) = feed.after(last)
        last = events.last?.id ?? last
        if let job = board.job(id), job.phase == .running, job.step > 0 {
          sockets.emit(.progress(step: job.step * steps / max(job.steps, 1) - 1))
        }
        if isOver { break }
      }
      try Task.checkCancellation()
    } onCancel: {
      _ = board.cancel(id)
    }
  }

  private func listen(_ id: String) throws(Refusal) -> EventFeed? {
    do {
      return try board.listen(id, after: 0)
    } catch {
      _ = board.cancel(id)
      throw error
    }
  }

  private func answer(_ id: String, seed: UInt64) throws(Refusal) -> Answer {
    guard let bytes = board.result(id, 0) else {
      let job = board.job(id)
      guard job?.phase == .failed else {
        throw Refusal(.serviceUnavailable, "the job was cancelled; run it again")
      }
      throw Refusal(.internalServerError, job?.error ?? "the job failed")
    }
    var fields: HTTPFields = [.cacheControl: "no-store"]
    fields[.seed] = "\(seed)"
    return Answer(type: "image/png", bytes, fields)
  }
}

extension JobOrder {
  /// - Throws: `EditError`, `ImageError`.
  init(_ request: InpaintRequest, _ model: ServedModel) throws {
    try self.init(
      model, request.series, isInverted: false, source: request.source, mask: request.mask,
      references: [EditInputs.Reference(picture: request.reference)])
  }
}

extension HTTPField.Name {
  fileprivate static let seed = HTTPField.Name("X-Seed")!
}
