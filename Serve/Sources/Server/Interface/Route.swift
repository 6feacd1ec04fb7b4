import Foundation
import HTTPTypes

/// A request that the doorkeeper let in.
public struct Call: Sendable {
  /// The parts of the path that the route leaves open, by name.
  public let parameters: [String: String]
  public let query: [String: String]
  public let fields: HTTPFields
  public let body: Data
  /// At which it came.
  public let port: Int
}

/// What a request is answered.
public struct Answer: Sendable {
  /// What follows the head.
  public enum Body: Sendable {
    case data(Data)
    /// Server-sent events, written as they come; ends when the sequence does.
    case events(EventFeed)
  }

  public var status: HTTPResponse.Status
  public var fields: HTTPFields
  public var body: Body

  public init(
    _ status: HTTPResponse.Status = .ok, type: String? = nil, _ body: Data = Data(),
    _ fields: HTTPFields = [:]
  ) {
    (self.status, self.fields, self.body) = (status, fields, .data(body))
    if let type { self.fields[.contentType] = type }
  }

  /// Events of a job.
  init(_ feed: EventFeed) {
    self.init(type: "text/event-stream", Data(), [.cacheControl: "no-store"])
    body = .events(feed)
  }
}

/// One thing that can be asked for: a method and a path, and what answers.
public struct Route: Sendable {
  public let method: HTTPRequest.Method
  /// Parts in braces are open: `/jobs/{id}/events`.
  public let path: String
  /// The media types of a body; none for a request without one.
  public let accepts: [String]
  /// Whether the answer may take long: it is given up when the client leaves.
  let waits: Bool
  let handle: @Sendable (Call) async throws -> Answer

  public init(
    _ method: HTTPRequest.Method, _ path: String, accepts: [String]? = nil, waits: Bool = false,
    _ handle: @escaping @Sendable (Call) async throws -> Answer
  ) {
    (self.method, self.path, self.waits, self.handle) = (method, path, waits, handle)
    self.accepts = accepts ?? (method == .post ? ["application/json"] : [])
  }

  /// The open parts of a path that is this route's; nil for another's.
  func parameters(of parts: [Substring]) -> [String: String]? {
    let own = path.split(separator: "/", omittingEmptySubsequences: false)
    guard own.count == parts.count else { return nil }
    var found: [String: String] = [:]
    for (pattern, part) in zip(own, parts) {
      if pattern.first == "{" {
        guard !part.isEmpty else { return nil }
        found[String(pattern.dropFirst().dropLast())] = String(part)
      } else if pattern != part {
        return nil
      }
    }
    return found
  }
}

/// Routes that belong together.
public protocol RouteGroup: Sendable {
  var routes: [Route] { get }
}

/// All routes of a server.
package struct RouteTable: Sendable {
  let routes: [Route]

  package init(_ groups: [any RouteGroup]) { routes = groups.flatMap(\.routes) }

  /// - Parameter path: as the client wrote it; nothing in it is decoded, since no route needs that.
  /// - Throws: ``Refusal``: 404, or 405 with the methods that there are.
  package func find(
    _ method: HTTPRequest.Method, _ path: Substring
  ) throws(Refusal) -> (route: Route, parameters: [String: String]) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    var allowed: [String] = []
    for route in routes {
      guard let parameters = route.parameters(of: parts) else { continue }
      if route.method == method { return (route, parameters) }
      allowed.append(route.method.rawValue)
    }
    guard !allowed.isEmpty else {
      // A study's server has no more than the page.
      let isDescribed = routes.contains { $0.path == "/openapi.json" }
      throw Refusal(
        .notFound,
        "there is nothing at this address; / is the page"
          + (isDescribed ? ", /openapi.json lists the rest" : ""))
    }
    let list = allowed.joined(separator: ", ")
    throw Refusal(
      .methodNotAllowed, "this address takes \(list), not \(method.rawValue)", [.allow: list])
  }
}
