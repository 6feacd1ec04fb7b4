import Foundation
import Synchronization

/// The clients of IOPaint that listen for progress by polling.
///
/// A session ends when its client says so or hasn't polled for longer than pings allow; of the unending
/// news only the latest wait.
final class SocketSessions: Sendable {
  fileprivate struct Session {
    var waiting: [SocketPacket] = []
    var isConnected = false
    var lastSeen: ContinuousClock.Instant
    /// Woken when there is something to tell.
    var poll: AsyncStream<Void>.Continuation?
  }

  /// A client that nobody knows, or that doesn't keep to the protocol.
  enum Problem: Error {
    case unknown, full, polledTwice
  }

  private let most: Int
  private let sessions = Mutex<[String: Session]>([:])

  /// - Parameter most: sessions at a time.
  init(most: Int) { self.most = most }

  /// Begins a session.
  ///
  /// - Throws: ``Problem/full``.
  func open() throws(Problem) -> String {
    let id = String(UInt64.random(in: 1 << 60 ... .max), radix: 36)
    let isFull = sessions.withLock { sessions in
      sessions.removeLost()
      guard sessions.count < most else { return true }
      sessions[id] = Session(lastSeen: .now)
      return false
    }
    if isFull { throw .full }
    return id
  }

  /// Takes what a client sent.
  ///
  /// - Throws: ``Problem/unknown``.
  func receive(_ packets: [SocketPacket.Received], from id: String) throws(Problem) {
    let isKnown = sessions.withLock { sessions in
      guard sessions[id] != nil else { return false }
      sessions[id]?.lastSeen = .now
      for packet in packets {
        switch packet {
        case .connect where sessions[id]?.isConnected == false:
          sessions[id]?.isConnected = true
          sessions[id]?.tell(.connected(session: id))
        case .close:
          sessions[id]?.tell(.noop)
          sessions[id] = nil
        case .pong, .connect, .other: break
        }
      }
      return true
    }
    guard isKnown else { throw .unknown }
  }

  /// What there is to tell a client, once there is: a ping at the latest.
  ///
  /// - Throws: ``Problem/unknown``, ``Problem/polledTwice``.
  func poll(_ id: String) async throws(Problem) -> [SocketPacket] {
    let (wakes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    try begin(id, continuation)
    let alarm = Task {
      try? await Task.sleep(for: .seconds(SocketPacket.pingInterval))
      continuation.yield()
    }
    for await _ in wakes { break }
    alarm.cancel()
    return sessions.withLock { sessions in
      guard var session = sessions[id] else { return [.noop] }
      guard !Task.isCancelled else {
        sessions[id]?.poll = nil
        return []
      }
      let packets = session.waiting.isEmpty ? [.ping] : session.waiting
      session.waiting = []
      session.poll = nil
      session.lastSeen = .now
      sessions[id] = session
      return packets
    }
  }

  private func begin(
    _ id: String, _ continuation: AsyncStream<Void>.Continuation
  ) throws(Problem) {
    let problem = sessions.withLock { sessions -> Problem? in
      sessions.removeLost()
      guard let session = sessions[id] else { return .unknown }
      guard session.poll == nil else {
        sessions[id]?.poll?.yield()
        sessions[id] = nil
        return .polledTwice
      }
      sessions[id]?.poll = continuation
      sessions[id]?.lastSeen = .now
      if !session.waiting.isEmpty { continuation.yield() }
      return nil
    }
    if let problem { throw problem }
  }

  /// Tells all who are connected.
  func emit(_ packet: SocketPacket) {
    sessions.withLock { sessions in
      for id in sessions.keys where sessions[id]?.isConnected == true { sessions[id]?.tell(packet) }
    }
  }
}

extension SocketSessions.Session {
  fileprivate mutating func tell(_ packet: SocketPacket) {
    if packet.isProgress || packet == .finish {
      waiting.removeAll { $0.isProgress || $0 == .finish }
    }
    waiting.append(packet)
    poll?.yield()
  }

  fileprivate var isLost: Bool {
    ContinuousClock.now - lastSeen > .seconds(SocketPacket.pingInterval + SocketPacket.pingTimeout)
  }
}

extension [String: SocketSessions.Session] {
  fileprivate mutating func removeLost() {
    for id in keys where self[id]?.isLost == true { self[id] = nil }
  }
}
