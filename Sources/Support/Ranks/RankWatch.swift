import CRanks
import Foundation
import Synchronization

/// Why ranks cannot go on: one of them is lost.
public struct RankLoss: Error, CustomStringConvertible {
  enum Kind: Equatable {
    /// Its process has ended and said nothing.
    case ended
    case silent(seconds: Int)
    /// It has said itself why it ends.
    case failed
  }

  let peer: RankContact
  let kind: Kind

  /// Whether the rank itself has told a person.
  public var isTold: Bool { kind == .failed }

  public var description: String {
    let name = "rank \(peer.rank) (\(peer.host), process \(peer.process))"
    let what =
      switch kind {
      case .ended:
        "has ended without a word, as when it is killed or the machine has no memory left"
      case .silent(let seconds):
        "has not answered for \(seconds) s: it is stopped, or its machine or network is down"
      case .failed: "has failed"
      }
    return "\(name) \(what). All others end here; resume from the last checkpoint"
  }
}

/// Where a rank runs and how it is reached.
struct RankContact: Codable, Sendable {
  let rank: Int
  let host: String
  let process: Int32
  let addresses: [String]
  let port: Int
  /// What those say who belong to us.
  let token: String
}

/// Notices ranks that have ended or fallen silent, whatever MPI and the launcher make of it: the first
/// rank watches all others, they watch the first.
///
/// Every rank sends a byte a second from a thread that does nothing else, so that a long computation is no
/// silence. Connections are our own: MPI may be called by one thread only.
///
/// Safe to share: peers belong to the thread once it has started; others only send, and set `ending`.
package final class RankWatch: @unchecked Sendable {
  private struct Peer {
    let contact: RankContact
    let descriptor: Int32
    var lastHeard = ContinuousClock.now
    var isLeaving = false
    var failedAt: ContinuousClock.Instant?
    var isOpen = true
  }

  private enum Word: UInt8 {
    case beat = 0x2e
    case leaving = 0x62
    case failed = 0x66
  }

  private var peers: [Peer] = []
  private let descriptors: [Int32]
  private let onLoss: @Sendable (RankLoss) -> Void
  private let isEnding = Atomic<Bool>(false)
  /// Ranks that nobody watches, since there is no connection.
  package let unwatched: [Int]
  /// Ranks on this machine, this one included; rising.
  let neighbours: [Int]

  private static let silenceSeconds = 20
  private static let connectSeconds = 10.0
  private static let helloSize = 40

  /// Connects all ranks.
  ///
  /// - Parameters:
  ///   - rank: this one.
  ///   - gather: gives every rank what each has to say.
  ///   - onLoss: called on another thread, once; it ends the process.
  package init(
    rank: Int, gather: ([UInt8]) throws -> [[UInt8]], onLoss: @escaping @Sendable (RankLoss) -> Void
  ) throws {
    self.onLoss = onLoss
    var port: Int32 = 0
    let listener = rank == 0 ? openListener(&port) : -1
    defer { if listener >= 0 { close(listener) } }
    let own = Self.contact(rank, port: Int(port))
    let contacts = try gather(Array(try JSONEncoder().encode(own))).enumerated().map {
      guard let contact = try? JSONDecoder().decode(RankContact.self, from: Data($1)) else {
        throw RankError.garbled(rank: $0)
      }
      return contact
    }
    peers =
      rank == 0
      ? Self.accept(contacts, listener, token: own.token)
      : Self.connect(to: contacts[0], from: own).map { [$0] } ?? []
    neighbours = contacts.filter { $0.host == own.host }.map(\.rank)
    descriptors = peers.map(\.descriptor)
    let known = peers.map(\.contact.rank)
    unwatched = rank == 0 ? contacts.map(\.rank).filter { $0 > 0 && !known.contains($0) } : []
    guard !peers.isEmpty else { return }
    let thread = Thread { self.watch() }
    thread.name = "rank watch"
    thread.start()
  }

  private static func contact(_ rank: Int, port: Int) -> RankContact {
    var text = [CChar](repeating: 0, count: 4096)
    let size = Int(listAddresses(&text, Int32(text.count)))
    let addresses = String(decoding: text[..<size].map(UInt8.init(bitPattern:)), as: UTF8.self)
    let token = (0..<4).map { _ in
      let digits = String(UInt32.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
    return RankContact(
      rank: rank, host: HostName.current, process: getpid(),
      addresses: addresses.split(separator: "\n").map(String.init), port: port, token: token)
  }

  /// What a rank says when it has connected: the token, and its number in eight digits.
  private static func hello(_ token: String, _ rank: Int) -> [UInt8] {
    let digits = String(rank)
    return Array((token + String(repeating: "0", count: 8 - digits.count) + digits).utf8)
  }

  private static func connect(to first: RankContact, from own: RankContact) -> Peer? {
    // On the same machine the network may be one that doesn't reach itself.
    let near = first.host == own.host ? ["127.0.0.1", "::1"] : []
    for address in near + first.addresses {
      let descriptor = connectPeer(address, Int32(first.port), 2000)
      guard descriptor >= 0 else { continue }
      let hello = hello(first.token, own.rank)
      if sendBytes(descriptor, hello, Int32(hello.count)) == hello.count {
        return Peer(contact: first, descriptor: descriptor)
      }
      close(descriptor)
    }
    return nil
  }

  private static func accept(
    _ contacts: [RankContact], _ listener: Int32, token: String
  ) -> [Peer] {
    var peers: [Int: Peer] = [:]
    let start = ContinuousClock.now
    while listener >= 0, peers.count < contacts.count - 1,
      ContinuousClock.now - start < .seconds(connectSeconds)
    {
      var isReady: Int32 = 0
      var waited = listener
      _ = waitForBytes(&waited, &isReady, 1, 100)
      let descriptor = acceptPeer(listener)
      guard descriptor >= 0 else { continue }
      guard let rank = rank(of: descriptor, token), contacts.indices.contains(rank),
        peers[rank] == nil
      else {
        close(descriptor)
        continue
      }
      peers[rank] = Peer(contact: contacts[rank], descriptor: descriptor)
    }
    return peers.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Who has connected; nil for a stranger.
  private static func rank(of descriptor: Int32, _ token: String) -> Int? {
    var bytes = [UInt8](repeating: 0, count: helloSize)
    var waited = descriptor
    var isReady: Int32 = 0
    guard waitForBytes(&waited, &isReady, 1, 2000) > 0,
      receiveBytes(descriptor, &bytes, Int32(helloSize)) == helloSize,
      let rank = Int(String(decoding: bytes.suffix(8), as: UTF8.self)),
      bytes == hello(token, rank)
    else { return nil }
    return rank
  }

  /// This rank leaves in good order: it is not missed, and watches until the others leave, too.
  package func leave() { say(.leaving) }

  /// From here on nobody is missed.
  func stop() { isEnding.store(true, ordering: .releasing) }

  /// For a rank that has told a person why it ends.
  func fail() {
    stop()
    say(.failed)
  }

  /// Ends without a word, as the process of a killed rank does.
  package func hangUp() {
    stop()
    for descriptor in descriptors { shut(descriptor) }
  }

  private func say(_ word: Word) {
    var byte = word.rawValue
    for descriptor in descriptors { _ = sendBytes(descriptor, &byte, 1) }
  }
}

extension RankWatch {
  private func watch() {
    var last = ContinuousClock.now
    var lastBeat = last - .seconds(1)
    while !isEnding.load(ordering: .acquiring) {
      listen()
      let now = ContinuousClock.now
      // Who was stopped or suspended knows nothing of the others.
      if now - last > .seconds(5) {
        for i in peers.indices { peers[i].lastHeard = now }
      }
      last = now
      if now - lastBeat >= .seconds(1) {
        say(.beat)
        lastBeat = now
      }
      if let loss = loss(at: now), !isEnding.exchange(true, ordering: .acquiringAndReleasing) {
        say(.failed)
        onLoss(loss)
      }
    }
  }

  /// Takes what the peers say within half a second.
  private func listen() {
    let open = peers.indices.filter { peers[$0].isOpen }
    var isReady = [Int32](repeating: 0, count: open.count)
    let waited = open.map { peers[$0].descriptor }
    if open.isEmpty { Thread.sleep(forTimeInterval: 0.5) }
    guard waitForBytes(waited, &isReady, Int32(open.count), 500) > 0 else { return }
    for (i, ready) in zip(open, isReady) where ready != 0 { hear(i) }
    // Peers speak once a second each; many of them need not wake this thread for every byte.
    Thread.sleep(forTimeInterval: 0.1)
  }

  private func hear(_ i: Int) {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = Int(receiveBytes(peers[i].descriptor, &bytes, 256))
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else {
      peers[i].isOpen = false
      return
    }
    peers[i].lastHeard = .now
    for byte in bytes.prefix(count) {
      switch Word(rawValue: byte) {
      case .leaving: peers[i].isLeaving = true
      case .failed: peers[i].failedAt = peers[i].failedAt ?? .now
      case .beat, nil: break
      }
    }
  }

  private func loss(at now: ContinuousClock.Instant) -> RankLoss? {
    for peer in peers where !peer.isLeaving {
      if let failedAt = peer.failedAt {
        // It ends us through MPI or the launcher, where these do.
        if now - failedAt > .seconds(5) { return RankLoss(peer: peer.contact, kind: .failed) }
      } else if !peer.isOpen {
        return RankLoss(peer: peer.contact, kind: .ended)
      } else if now - peer.lastHeard > .seconds(Self.silenceSeconds) {
        return RankLoss(peer: peer.contact, kind: .silent(seconds: Self.silenceSeconds))
      }
    }
    return nil
  }
}
