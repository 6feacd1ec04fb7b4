import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Watches one connection: drops clients that dawdle, and answers what is no HTTP.
///
/// Each deadline is for a whole head, a whole body (at a least rate) or a whole write, so that a byte now and
/// then gains nothing.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private enum Wait: String {
    /// For the first request, or the next; these end quietly.
    case beginning = "a request"
    case idle = "another request"
    case head = "the head of a request"
    case body = "the body of a request"
    case write = "an answer to be taken"
  }

  private let limits: Limits
  private let log: @Sendable (String) -> Void
  private var client = ""
  /// What is waited for, and until when.
  private var current: Wait?
  private var deadline: Scheduled<Void>?
  private var writeDeadline: Scheduled<Void>?
  /// Requests whose answers have not gone out to their ends; several where a client sends ahead.
  private var awaited = 0
  /// Whether the head of an answer has gone out, to a request of which more may come.
  private var isAnswered = false
  private var isBroken = false
  private var bodyBytes = 0
  private var bodyStart = NIODeadline.now()

  init(_ limits: Limits, log: @escaping @Sendable (String) -> Void) {
    (self.limits, self.log) = (limits, log)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    client = context.channel.client
    let bytes = ByteWatch { [weak self] in self?.received(context) }
    try? context.pipeline.syncOperations.addHandler(bytes, position: .first)
    wait(context, .beginning)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    writeDeadline?.cancel()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    writeDeadline?.cancel()
    context.fireChannelInactive()
  }

  /// Bytes have come: the first of a head starts its time.
  private func received(_ context: ChannelHandlerContext) {
    guard current == .idle || current == .beginning else { return }
    wait(context, .head)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      (awaited, isAnswered) = (awaited + 1, false)
      (bodyBytes, bodyStart) = (0, .now())
      wait(context, .body)
    case .body(let buffer): bodyBytes += buffer.readableBytes
    case .end: wait(context, nil)
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let part = unwrapOutboundIn(data)
    if case .head(let head) = part, head.status.code >= 200 { isAnswered = true }
    guard case .end = part else { return context.write(data, promise: promise) }
    awaited -= 1
    if isBroken { return finish(context, data, promise) }
    context.write(data, promise: promise)
    guard current == nil else { return }  // the rest of the request is passed over
    isAnswered = false
    if awaited == 0 { wait(context, .idle) }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    writeDeadline?.cancel()
    writeDeadline = nil
    if !context.channel.isWritable {
      writeDeadline = schedule(context, limits.writeSeconds) { [self] in drop(context, .write) }
    }
    context.fireChannelWritabilityChanged()
  }

  private func wait(_ context: ChannelHandlerContext, _ what: Wait?) {
    deadline?.cancel()
    deadline = nil
    current = what
    guard let what else { return }
    let seconds =
      switch what {
      case .idle: limits.idleSeconds
      case .beginning, .head: limits.headSeconds
      case .body: limits.bodySeconds
      case .write: limits.writeSeconds
      }
    deadline = schedule(context, seconds) { [self] in drop(context, what) }
  }

  private func schedule(
    _ context: ChannelHandlerContext, _ seconds: Double, _ body: @escaping () -> Void
  ) -> Scheduled<Void> {
    context.eventLoop.assumeIsolatedUnsafeUnchecked()
      .scheduleTask(in: .nanoseconds(Int64(seconds * 1e9)), body)
  }

  private func drop(_ context: ChannelHandlerContext, _ wait: Wait) {
    if wait == .body, case let more = secondsForBody, more > 0 {
      deadline = schedule(context, more) { [self] in drop(context, .body) }
      return
    }
    if wait != .idle, wait != .beginning {
      log("408 \(client): dropped after waiting too long for \(wait.rawValue)")
    }
    isBroken = true  // what has come of a request ends with this
    context.close(mode: .all, promise: nil)
  }

  /// A body may take longer the more of it has come.
  private var secondsForBody: Double {
    let taken = Double((NIODeadline.now() - bodyStart).nanoseconds) * 1e-9
    return limits.bodySeconds + Double(bodyBytes) / limits.bodyRate - taken
  }

  /// What came is no request, or the connection broke, and then there is nobody to answer.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !(error is IOError), !(error is ChannelError) else {
      context.fireErrorCaught(error)
      return
    }
    guard !isBroken else { return }
    isBroken = true
    // After an answer the rest of a request may be anything.
    guard !isAnswered else {
      if awaited == 0 { context.close(mode: .all, promise: nil) }
      return
    }
    let isHead = error as? HTTPParserError == .headerOverflow
    let status: HTTPResponse.Status = isHead ? .requestHeaderFieldsTooLarge : .badRequest
    log("\(status.code) \(client): no request that can be read (\(printable("\(error)")))")
    let fields: HTTPFields = [
      .connection: "close", .contentLength: "0", .xContentTypeOptions: "nosniff",
    ]
    context.write(
      wrapOutboundOut(.head(HTTPResponse(status: status, headerFields: fields))), promise: nil)
    finish(context, wrapOutboundOut(.end(nil)), nil)
  }

  /// Writes the end of an answer and closes the connection when that has gone out.
  private func finish(
    _ context: ChannelHandlerContext, _ end: NIOAny, _ promise: EventLoopPromise<Void>?
  ) {
    let written = promise ?? context.eventLoop.makePromise(of: Void.self)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    written.futureResult.whenComplete { _ in bound.value.close(mode: .all, promise: nil) }
    context.writeAndFlush(end, promise: written)
  }
}

/// Sees the bytes of a connection before they are a request.
private final class ByteWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let received: () -> Void

  init(_ received: @escaping () -> Void) { self.received = received }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received()
    context.fireChannelRead(data)
  }
}

extension Channel {
  /// The address of who is at the other end.
  var client: String { remoteAddress?.ipAddress ?? "unknown client" }
}
