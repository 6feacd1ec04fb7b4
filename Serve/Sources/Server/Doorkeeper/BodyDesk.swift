import Foundation
import HummingbirdCore
import NIOCore
import Synchronization

/// What comes after a request's head. Hummingbird lets it be read once, from the first to the last.
struct BodyStream {
  private let body: RequestBody
  private var iterator: RequestBody.AsyncIterator?

  init(_ body: RequestBody) { self.body = body }

  mutating func next() async throws -> ByteBuffer? {
    if iterator == nil { iterator = body.makeAsyncIterator() }
    return try await iterator?.next()
  }
}

/// Reads bodies: each no longer than it may be, whatever it says of itself, and all at once no more than
/// memory is set aside for.
final class BodyDesk: Sendable {
  private let limits: Limits
  private let held = Mutex(0)

  init(_ limits: Limits) { self.limits = limits }

  /// - Parameters:
  ///   - body: of the request.
  ///   - length: what the request says it is; nil for chunks.
  ///   - channel: that it comes through.
  /// - Throws: ``Refusal``; what ends the connection.
  func read(_ body: inout BodyStream, length: Int?, _ channel: any Channel) async throws -> Data {
    var data = Data()
    defer { release(data.count) }
    while let buffer = try await body.next() {
      guard data.count + buffer.readableBytes <= limits.bytes else { throw tooLarge(limits) }
      guard take(buffer.readableBytes) else {
        throw Refusal(
          .serviceUnavailable, "too many pictures are on their way here; try again later",
          [.retryAfter: "5"])
      }
      data.append(contentsOf: buffer.readableBytesView)
    }
    // Where a client hangs up, Hummingbird ends the body as if that had been all of it.
    guard length.map({ $0 == data.count }) ?? channel.isActive else { throw ChannelError.eof }
    return data
  }

  private func take(_ bytes: Int) -> Bool {
    held.withLock { held in
      guard held + bytes <= limits.bytesAtOnce else { return false }
      held += bytes
      return true
    }
  }

  private func release(_ bytes: Int) { held.withLock { $0 -= bytes } }
}
