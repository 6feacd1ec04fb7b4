import Foundation
import HTTPTypes
import PaintByExample

/// Socket.IO over HTTP long polling, by which IOPaint's clients learn how far a picture is.
struct SocketRoutes: RouteGroup {
  let sockets: SocketSessions

  var routes: [Route] {
    [
      Route(.get, "/socket.io/", waits: true) { call in try await read(call) },
      Route(.post, "/socket.io/", accepts: ["text/plain"]) { call in try write(call) },
    ]
  }

  private func read(_ call: Call) async throws -> Answer {
    guard let id = try session(call) else {
      let id = try named { () throws(SocketSessions.Problem) in try sockets.open() }
      return text(SocketPacket.payload([.open(session: id)]))
    }
    do {
      return text(SocketPacket.payload(try await sockets.poll(id)))
    } catch {
      throw refusal(error)
    }
  }

  private func write(_ call: Call) throws -> Answer {
    guard let id = try session(call) else { throw refusal(.unknown) }
    guard call.body.count <= SocketPacket.largest else {
      throw Refusal(
        .contentTooLarge,
        "the packets have \(call.body.count) bytes, at most \(SocketPacket.largest) are taken")
    }
    let packets = SocketPacket.received(String(decoding: call.body, as: UTF8.self))
    try named { () throws(SocketSessions.Problem) in try sockets.receive(packets, from: id) }
    return text("ok")
  }

  /// The session that a request is of; nil for one that begins.
  private func session(_ call: Call) throws(Refusal) -> String? {
    guard call.query["EIO"] == "4" else {
      throw Refusal(.badRequest, "EIO is not 4: this server knows Engine.IO 4 only")
    }
    guard call.query["transport"] == "polling" else {
      throw Refusal(.badRequest, "transport is not polling, the only one that this server knows")
    }
    return call.query["sid"]
  }

  private func named<Value>(
    _ body: () throws(SocketSessions.Problem) -> Value
  ) throws(Refusal) -> Value {
    do {
      return try body()
    } catch {
      throw refusal(error)
    }
  }

  private func refusal(_ problem: SocketSessions.Problem) -> Refusal {
    switch problem {
    case .unknown: Refusal(.badRequest, "there is no such session, or it has ended; begin another")
    case .polledTwice:
      Refusal(.badRequest, "the session was polled twice at a time and has ended; begin another")
    case .full:
      Refusal(
        .tooManyRequests, "as many clients as may are told of progress; try again later",
        [.retryAfter: "30"])
    }
  }

  private func text(_ text: String) -> Answer {
    Answer(type: "text/plain; charset=UTF-8", Data(text.utf8), [.cacheControl: "no-store"])
  }
}
