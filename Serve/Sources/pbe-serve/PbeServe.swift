import ArgumentParser
import Commands
import Foundation
import PaintByExample
import Serving
import Synchronization

/// `pbe-serve`: the page on which pictures are painted, and its interface.
@main
package struct PbeServe: Program {
  package static let configuration = CommandConfiguration(
    commandName: "pbe-serve",
    abstract: "Serve a page on which pictures are painted after references.",
    discussion: """
      The page is for whoever sits at this machine. With --listen others can reach it, too: all who \
      know the token that is then printed.

      Requests for other host names than this machine's are refused; --allow-host adds the name that \
      a proxy passes on.

      Examples:
        pbe-serve --model MODEL --open
        pbe-serve --model scenes=MODEL --model photos=OTHER --port 0
        pbe-serve --model MODEL --listen --results results
        pbe-serve --study runs/study/study.html --listen
      """,
    version: Version.current)

  @Option(
    help: ArgumentHelp(
      "A model folder or a run directory, with a name for clients if there are several; the first is "
        + "the one for requests that name none.", valueName: "[name=]dir"))
  var model: [String] = []

  @Option(
    help: ArgumentHelp(
      "Serve this page of a study, from 'pbe-eval study make', instead: raters rank and cannot paint.",
      valueName: "study.html"))
  var study: String?

  @OptionGroup var lora: AdapterOptions

  @Option(help: "Averaged (ema) or last (raw) weights of a trained model.")
  var weights = WeightChoice.averaged

  @Option(help: ArgumentHelp("Address to listen at. (default: 127.0.0.1)", valueName: "address"))
  var host: String?

  @Option(help: "Port to listen at; 0 takes any that is free.")
  var port = 8080

  @Flag(help: "Let other machines in: listens at all addresses, and asks for a token.")
  var listen = false

  @Option(help: "What others must know, with --listen. (default: printed, and new each time)")
  var token: String?

  @Option(
    help: ArgumentHelp(
      "A further name that requests may have in their field Host, such as a proxy's.",
      valueName: "name[:port]"))
  var allowHost: [String] = []

  @Flag(help: "Open the page in a browser.")
  var open = false

  @Option(
    help: ArgumentHelp(
      "Minutes without work after which weights leave memory; 0 for at once.",
      valueName: "minutes"))
  var keep = 30.0

  @Option(
    help: ArgumentHelp(
      "Keep results in this folder; they are listed again after a restart. (default: in memory, the "
        + "latest)", valueName: "dir"))
  var results: String?

  @Option(help: ArgumentHelp("Jobs that may wait.", valueName: "n"))
  var queue = 8

  @OptionGroup var threads: ThreadOptions

  package init() {}

  package func validate() throws {
    guard model.isEmpty != (study == nil) else {
      throw ValidationError("Give either --model DIR, or --study FILE.")
    }
    let names = model.map { $0.modelAndPath.name }
    guard Set(names).count == names.count else {
      throw ValidationError(
        "Two models have the name \(names.joined(separator: ", ")): give --model NAME=DIR.")
    }
    guard model.count == 1 || lora.adapters.isEmpty else {
      throw ValidationError(
        "--lora changes one model: give one --model, or merge with pbe-convert --merge-lora first.")
    }
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port is \(port), expected 0 to 65535.")
    }
    if let host, !listen, !host.isLoopback {
      throw ValidationError(
        "--host \(host) lets other machines in: add --listen, which asks them for a token.")
    }
    guard token == nil || listen else { throw ValidationError("--token belongs to --listen.") }
    if let token, token.utf8.count < 16 || !token.isPlain {
      throw ValidationError(
        "--token must have 16 or more letters and digits, so that nobody guesses it.")
    }
    guard keep >= 0, keep.isFinite else {
      throw ValidationError("--keep is \(keep), expected minutes, 0 or more.")
    }
    guard (1...1_000).contains(queue) else {
      throw ValidationError("--queue is \(queue), expected 1 to 1000.")
    }
  }

  package func run() throws {
    threadCount = threads.count
    signal(SIGPIPE, SIG_IGN)  // a client that is gone is no reason to end
    let configuration = try configuration()
    let announcement = Announcement(
      host: configuration.host, token: configuration.token, opens: open)
    let server = try PageServer(configuration, log: log)
    let registered = DispatchGroup()
    let signals = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      registered.enter()
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        log("ending: jobs are cancelled")
        server.stop(within: 4)
      }
      source.setRegistrationHandler { registered.leave() }
      source.resume()
      return source
    }
    registered.wait()  // a signal before that would be lost
    defer { signals.forEach { $0.cancel() } }
    do {
      try waiting { try await server.run { announcement.make(port: $0) } }
    } catch {
      throw ServingFailure(host: host ?? "", port: port, error: error)
    }
    // A job that did not notice in time is still at work: nothing is torn down under it.
    fflush(nil)
    _exit(0)
  }

  private func configuration() throws -> PageServer.Configuration {
    let models = try model.map { given in
      let (name, path) = given.modelAndPath
      return try ServedModel(
        name: name, path: path, weights: weights, adapters: lora.adapters)
    }
    for model in models { report(notes: model.notes) }
    var configuration = PageServer.Configuration(models: models)
    configuration.study = try study.map(ServedStudy.init(contentsOf:))
    configuration.host = host ?? (listen ? "0.0.0.0" : "127.0.0.1")
    configuration.port = port
    configuration.allowedHosts = allowHost
    configuration.token = listen ? token ?? AccessToken.random() : nil
    configuration.keep = keep
    configuration.results = results
    configuration.limits.queue = queue
    return configuration
  }
}

/// One line on standard error, with the time.
@Sendable func log(_ line: String) {
  writeStandardError("\(Date().formatted(.iso8601)) \(line)\n")
}

/// Runs asynchronous work to its end.
///
/// - Throws: what the work throws.
private func waiting(for work: @escaping @Sendable () async throws -> Void) throws {
  let outcome = Outcome()
  let ended = DispatchSemaphore(value: 0)
  Task {
    do { try await work() } catch { outcome.error.withLock { $0 = error } }
    ended.signal()
  }
  ended.wait()
  if let error = outcome.error.withLock({ $0 }) { throw error }
}

private final class Outcome: Sendable {
  let error = Mutex<(any Error)?>(nil)
}

/// The server could not begin, or not go on.
private struct ServingFailure: Error, CustomStringConvertible {
  let host: String
  let port: Int
  let error: any Error

  var description: String {
    let place = host.isEmpty ? "port \(port)" : "\(host), port \(port)"
    return "cannot serve at \(place): \(error); give another --port, or 0 for any that is free"
  }
}

extension String {
  /// Of `NAME=DIR`, or of `DIR`, whose last part is the name then.
  fileprivate var modelAndPath: (name: String, path: String) {
    let parts = split(separator: "=", maxSplits: 1)
    if parts.count == 2, !parts[0].contains("/") { return (String(parts[0]), String(parts[1])) }
    let name = split(separator: "/").last { $0 != "." }.map(String.init) ?? self
    return (name, self)
  }

  fileprivate var isLoopback: Bool { self == "localhost" || self == "::1" || hasPrefix("127.") }

  fileprivate var isPlain: Bool {
    utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
  }
}

extension WeightChoice: @retroactive ExpressibleByArgument {}
