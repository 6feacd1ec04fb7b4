import Foundation
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import PaintByExample

/// The page and its interface on one port.
public struct PageServer: Sendable {
  /// What a server is told when it starts.
  public struct Configuration: Sendable {
    /// The first is the one for requests that name none.
    public var models: [ServedModel]
    /// The page of a study, served instead of the one on which pictures are painted.
    public var study: ServedStudy?
    public var host = "127.0.0.1"
    /// 0 for any that is free.
    public var port = 8080
    /// Further names in the field Host, with or without a port.
    public var allowedHosts: [String] = []
    /// What whoever asks must know; nil where only this machine can ask.
    public var token: String?
    /// Minutes without work after which weights leave memory; nil for never.
    public var keep: Double?
    /// Where results are kept; nil for memory.
    public var results: String?
    public var limits = Limits()

    public init(models: [ServedModel]) { self.models = models }
  }

  private let configuration: Configuration
  private let board: JobBoard
  private let worker: Worker
  /// Finishes when the worker has, or is not waited for any more.
  private let working = AsyncStream<Void>.makeStream()
  private let log: @Sendable (String) -> Void

  /// - Parameter log: told one line for each refused request and each job's beginning and end.
  /// - Throws: `FileError`, `FolderInUse` where results cannot be kept.
  public init(_ configuration: Configuration, log: @escaping @Sendable (String) -> Void) throws {
    var configuration = configuration
    if configuration.results != nil { configuration.limits.jobs = 1_000 }
    (self.configuration, self.log) = (configuration, log)
    let folder = try configuration.results.map { try ResultFolder($0, log: log) }
    board = JobBoard(configuration.limits, folder)
    worker = Worker(
      board, ModelShelf(models: configuration.models), folder,
      keep: configuration.keep.map { $0 * 60 }, log: log)
  }

  /// Serves until ``stop(within:)``.
  ///
  /// - Parameter started: told the port, once requests are taken.
  /// - Throws: what keeps the port from being opened.
  public func run(_ started: @escaping @Sendable (Int) -> Void) async throws {
    worker.start { working.continuation.finish() }
    let server = server(started)
    let serving = AsyncThrowingStream<Void, any Error>.makeStream()
    Task {
      do {
        try await server.run()
        serving.continuation.finish()
      } catch {
        serving.continuation.finish(throwing: error)
      }
    }
    Task {
      for await _ in working.stream {}
      // Answers under way, those to the queue among them, may go out; nobody is waited for long.
      Task { try? await server.shutdownGracefully() }
      try? await Task.sleep(for: .seconds(2))
      serving.continuation.finish()
    }
    for try await _ in serving.stream {}
  }

  /// Cancels all jobs and ends ``run(_:)`` as soon as the running one has noticed, or when time is up.
  public func stop(within seconds: Double) {
    board.close()
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
      board.abandon()
      working.continuation.finish()
    }
  }

  private func server(_ started: @escaping @Sendable (Int) -> Void) -> Server<HTTP1Channel> {
    let (limits, log, port) = (configuration.limits, log, OpenPort())
    var channel = HTTP1Channel.Configuration(
      additionalChannelHandlers: [ConnectionWatch(limits, log: log)])
    channel.httpDecoder = .init(
      maxHeaderFieldSize: limits.headBytes, maxHeaderListSize: limits.headBytes,
      maxHeaderFieldCount: limits.headFields)
    let silent = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
    return Server(
      childChannelSetup: HTTP1Channel(
        responder: responder(port).respond, configuration: channel),
      configuration: ServerConfiguration(
        address: .hostname(configuration.host, port: configuration.port),
        availableConnectionsDelegate: .maximum(limits.connections, logger: silent)),
      onServerRunning: { channel in
        port.number = channel.localAddress?.port ?? 0
        started(port.number)
      },
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: silent)
  }

  private func responder(_ port: OpenPort) -> Responder {
    let (limits, models) = (configuration.limits, ModelShelf(models: configuration.models))
    let token = configuration.token.map(AccessToken.init)
    return Responder(
      doorkeeper: Doorkeeper(
        hosts: HostList(configuration.allowedHosts, own: configuration.ownHosts), token: token,
        limits: limits),
      table: RouteTable(
        configuration.study.map { [StudyRoutes(study: $0, token: token)] }
          ?? painting(models, token: token)),
      bodies: BodyDesk(limits), port: port, log: log)
  }

  /// The page on which pictures are painted, and what it and other clients ask.
  private func painting(_ models: ModelShelf, token: AccessToken?) -> [any RouteGroup] {
    let (limits, desk) = (configuration.limits, DecodingDesk())
    let sockets = SocketSessions(most: limits.listeners)
    return [
      PageRoutes(token: token),
      InterfaceRoutes(),
      ModelRoutes(models: models, desk: desk, limits: limits),
      JobRoutes(board: board, models: models, desk: desk, limits: limits),
      IOPaintRoutes(
        models: ModelsOfIOPaint(models),
        painting: PaintingForIOPaint(board: board, desk: desk, limits: limits, sockets: sockets),
        desk: desk),
      SocketRoutes(sockets: sockets),
    ]
  }
}

extension PageServer.Configuration {
  /// The names under which this machine is reached where the server listens.
  fileprivate var ownHosts: [String] {
    let loopback = ["localhost", "127.0.0.1", "[::1]"]
    guard token != nil else { return loopback + [host.bracketed] }
    let addresses = (try? System.enumerateDevices())?.compactMap { $0.address?.ipAddress } ?? []
    let name = ProcessInfo.processInfo.hostName
    return loopback + [host.bracketed, name] + addresses.map(\.bracketed)
  }
}

extension String {
  /// An IPv6 address as it stands in an address of the web.
  public var bracketed: String { contains(":") && !hasPrefix("[") ? "[\(self)]" : self }
}
