import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import PaintByExample
import Synchronization

/// Answers requests: lets the doorkeeper look, reads the body, asks the route, writes what it says.
struct Responder: Sendable {
  let doorkeeper: Doorkeeper
  let table: RouteTable
  let bodies: BodyDesk
  let port: OpenPort
  let log: @Sendable (String) -> Void

  @Sendable func respond(
    _ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
  ) async throws {
    let answer: Answer
    var stream = BodyStream(request.body)
    do {
      let port = port.number
      let (route, parameters, query) = try doorkeeper.admit(request.head, table, port: port)
      if request.headers[.expect]?.lowercased() == "100-continue" {
        try await writer.writeInformationalHead(HTTPResponse(status: .continue))
      }
      let body = route.accepts.isEmpty ? Data() : try await read(&stream, request, channel)
      let call = Call(
        parameters: parameters, query: query, fields: request.headers, body: body, port: port)
      answer = try await give(route, call, channel)
    } catch let error where isLost(error) {
      throw error
    } catch {
      let refusal = Refusal(error)
      note(refusal, request, channel)
      try await write(refusal, to: request, writer)
      await leave(&stream, channel)
      return
    }
    switch answer.body {
    case .data(let data): try await write(answer, data, writer, isEnd: false)
    case .events(let feed): try await write(feed, answer, request, writer)
    }
  }

  private func read(
    _ stream: inout BodyStream, _ request: Request, _ channel: any Channel
  ) async throws -> Data {
    let length = request.headers[.contentLength].flatMap { Int($0) }
    return try await bodies.read(&stream, length: length, channel)
  }

  private func give(_ route: Route, _ call: Call, _ channel: any Channel) async throws -> Answer {
    guard route.waits else { return try await route.handle(call) }
    return try await channel.whileClientStays { try await route.handle(call) }
  }

  /// Whether there is nobody left to answer.
  private func isLost(_ error: any Error) -> Bool {
    error is ChannelError || error is IOError || error is CancellationError
  }

  /// One line; never more of the address than its path, since a token may follow.
  private func note(_ refusal: Refusal, _ request: Request, _ channel: any Channel) {
    let path = request.head.path?.prefix { $0 != "?" } ?? ""
    let method = quoted(request.method.rawValue).dropFirst().dropLast()
    log(
      "\(refusal.status.code) \(channel.client) \(method) \(quoted(String(path))): "
        + printable(refusal.message))
  }

  private func write(
    _ refusal: Refusal, to request: Request, _ writer: consuming ResponseWriter
  ) async throws {
    let text = refusal.json(for: request.head.path ?? "")
    let answer = Answer.json(text, refusal.status, refusal.fields)
    guard case .data(let data) = answer.body else { return }
    try await write(answer, request.method == .head ? Data() : data, writer, isEnd: true)
  }

  private func write(
    _ answer: Answer, _ data: Data, _ writer: consuming ResponseWriter, isEnd: Bool
  ) async throws {
    var fields = answer.fields.guarded
    if answer.status != .noContent && answer.status != .notModified {
      fields[.contentLength] = "\(data.count)"
    }
    if isEnd { fields[.connection] = "close" }
    let head = HTTPResponse(status: answer.status, headerFields: fields)
    guard !data.isEmpty else { return try await writer.writeResponse(head) }
    try await writer.write(
      response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
  }

  /// Writes events until they end or the listener leaves.
  private func write(
    _ feed: EventFeed, _ answer: Answer, _ request: Request, _ writer: consuming ResponseWriter
  ) async throws {
    defer { feed.leave() }
    var fields = answer.fields.guarded
    // Whoever watches for a client's leaving reads its connection to the end.
    fields[.connection] = "close"
    let head = HTTPResponse(status: answer.status, headerFields: fields)
    let out = try await writer.writeHead(head)
    try await request.body.consumeWithInboundCloseHandler { _ in
      var out = out
      var last = feed.start
      for await _ in feed.wakes {
        let (events, isOver) = feed.after(last)
        if events.isEmpty, !isOver { try await out.write(ByteBuffer(string: ": \n\n")) }
        for event in events { try await out.write(ByteBuffer(string: event.text)) }
        last = events.last?.id ?? last
        if isOver { break }
      }
      try await out.finish(nil)
    } onInboundClosed: {
      feed.leave()
    }
  }

  /// Ends a connection after a refusal: what may still be coming is read for a moment, so that the answer
  /// is not lost, and not waited for.
  private func leave(_ body: inout BodyStream, _ channel: any Channel) async {
    let end = channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    var read = 0
    do {
      while let buffer = try await body.next() {
        read += buffer.readableBytes
        if read > doorkeeper.limits.bytes { break }
      }
    } catch {
      // The connection is ending already.
    }
    end.cancel()
    channel.close(mode: .output, promise: nil)
    channel.close(promise: nil)
  }
}

/// The port that a server was given, once it is open.
final class OpenPort: Sendable {
  private let known = Atomic<Int>(0)

  var number: Int {
    get { known.load(ordering: .relaxed) }
    set { known.store(newValue, ordering: .relaxed) }
  }
}

extension HTTPFields {
  /// With what keeps a browser from making more of an answer than it is.
  fileprivate var guarded: HTTPFields {
    var fields = self
    fields[.xContentTypeOptions] = "nosniff"
    if fields[.contentSecurityPolicy] == nil {
      fields[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
    }
    fields[.referrerPolicy] = "no-referrer"
    fields[.crossOriginResourcePolicy] = "same-origin"
    return fields
  }
}

extension HTTPField.Name {
  fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
  fileprivate static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
}
