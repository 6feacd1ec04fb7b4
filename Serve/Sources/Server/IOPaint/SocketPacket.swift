import PaintByExample

/// A packet of Engine.IO 4, which carries those of Socket.IO 5.
enum SocketPacket: Equatable {
  /// What a client sends.
  enum Received: Equatable {
    case pong, connect, close, other

    init(_ text: Substring) {
      switch text {
      case "3": self = .pong
      case "1", "41": self = .close
      case _ where text.hasPrefix("40"): self = .connect
      default: self = .other
      }
    }
  }

  case open(session: String)
  case ping
  /// Ends a poll without anything to tell.
  case noop
  case connected(session: String)
  case progress(step: Int)
  case finish

  /// Seconds between pings, and until an answer must have come.
  static let pingInterval = 25.0
  static let pingTimeout = 20.0
  /// Bytes that a client may send at once.
  static let largest = 10_000
  private static let separator: Character = "\u{1E}"

  var text: String {
    switch self {
    case .open(let session):
      "0"
        + JSONValue.object([
          "sid": .string(session), "upgrades": .array([]),
          "pingInterval": .integer(Int(1000 * Self.pingInterval)),
          "pingTimeout": .integer(Int(1000 * Self.pingTimeout)),
          "maxPayload": .integer(Self.largest),
        ]).line
    case .ping: "2"
    case .noop: "6"
    case .connected(let session): "40" + JSONValue.object(["sid": .string(session)]).line
    case .progress(let step):
      "42"
        + JSONValue.array([
          .string("diffusion_progress"), .object(["step": .integer(step)]),
        ]).line
    case .finish: "42" + JSONValue.array([.string("diffusion_finish")]).line
    }
  }

  var isProgress: Bool { if case .progress = self { true } else { false } }

  static func payload(_ packets: [SocketPacket]) -> String {
    packets.map(\.text).joined(separator: String(separator))
  }

  static func received(_ payload: String) -> [Received] {
    payload.split(separator: separator).map { Received($0) }
  }
}
