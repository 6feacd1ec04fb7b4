import PaintByExample

/// How much a server takes at once.
public struct Limits: Sendable {
  /// Of a request's body.
  public var bytes = 32 << 20
  /// Of all bodies that are being read.
  public var bytesAtOnce = 256 << 20
  /// Of each picture.
  public var pixels = min(50_000_000, ImageFile.maximumPixels)
  /// Pictures that one job may make.
  public var results = 64
  /// Jobs that wait.
  public var queue = 8
  /// Jobs that are remembered, and bytes of their results in memory.
  public var jobs = 64
  public var resultBytes = 256 << 20
  /// Connections, and event streams among them.
  public var connections = 128
  public var listeners = 64
  /// Of a request's head.
  public var headBytes = 16 << 10
  public var headFields = 64
  /// Seconds for a connection's first request and for each head, for a body beside what it takes at
  /// ``bodyRate``, for a client to take what is written, and between requests.
  public var headSeconds = 10.0
  public var bodySeconds = 15.0
  public var writeSeconds = 30.0
  public var idleSeconds = 30.0
  /// Bytes a second that a body comes at the slowest.
  public var bodyRate = 65_536.0
  /// Seconds after which a listener is sent something, so that one who is gone is noticed.
  public var pulse = 15.0
  /// Seconds that a job goes on after the last listener has left.
  public var patience = 10.0

  public init() {}
}
