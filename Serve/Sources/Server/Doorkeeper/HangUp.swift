import NIOCore

extension Channel {
  /// Does work for a client, and cancels it when the client hangs up.
  func whileClientStays<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await work() }
    let watch = HangUpWatch { task.cancel() }
    try await eventLoop.submit {
      try self.pipeline.syncOperations.addHandler(watch, position: .first)
    }.get()
    defer { pipeline.removeHandler(watch, promise: nil) }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }
}

/// Sees a client hang up. It stands before all other handlers, since those keep that back until a request is
/// answered.
private final class HangUpWatch: ChannelInboundHandler, RemovableChannelHandler, Sendable {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let hungUp: @Sendable () -> Void

  init(_ hungUp: @escaping @Sendable () -> Void) { self.hungUp = hungUp }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event as? ChannelEvent == .inputClosed { hungUp() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    hungUp()
    context.fireChannelInactive()
  }
}
