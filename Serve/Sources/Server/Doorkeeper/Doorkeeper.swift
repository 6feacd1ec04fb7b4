import Foundation
import HTTPTypes
import PaintByExample

/// Who may ask for what. Browsers run strangers' pages beside ours, and whoever can reach the port can
/// write any bytes: each check here answers something that was done to another tool's server.
struct Doorkeeper: Sendable {
  /// Hosts that this server is known as.
  let hosts: HostList
  /// What strangers must know; nil where nobody else can reach the server.
  let token: AccessToken?
  let limits: Limits

  /// Lets a request in, or says why not.
  ///
  /// - Parameter port: at which it came.
  /// - Throws: ``Refusal``.
  func admit(
    _ request: HTTPRequest, _ table: RouteTable, port: Int
  ) throws(Refusal) -> (route: Route, parameters: [String: String], query: [String: String]) {
    try checkHost(request, port)
    let (path, query) = try target(request)
    if let token, !token.isShown(request, query, port: port) {
      throw Refusal(
        .unauthorized,
        "a token is needed: open the address that the server printed, or send it as "
          + "Authorization: Bearer TOKEN", [.wwwAuthenticate: "Bearer"])
    }
    let found = try table.find(request.method, path)
    if request.method != .get { try checkOrigin(request) }
    try checkBody(request, found.route)
    return (found.route, found.parameters, query)
  }

  /// Against DNS rebinding: a stranger's name may lead to this machine, but then it stands here.
  private func checkHost(_ request: HTTPRequest, _ port: Int) throws(Refusal) {
    guard let host = request.authority, !host.isEmpty else {
      throw Refusal(.badRequest, "the request names no host, expected the field Host")
    }
    guard request.headerFields[.host] == nil else {
      throw Refusal(.badRequest, "the request has two fields Host, expected one")
    }
    guard hosts.contains(host, port: port) else {
      throw Refusal(
        .misdirectedRequest,
        "the host is \(quoted(host)), expected a name or address of this machine with port \(port), or "
          + "a name that was allowed when the server was started")
    }
  }

  private func target(
    _ request: HTTPRequest
  ) throws(Refusal) -> (path: Substring, query: [String: String]) {
    guard let target = request.path, target.hasPrefix("/"), target.utf8.count <= 2_048,
      target.utf8.allSatisfy({ 0x21..<0x7F ~= $0 && $0 != UInt8(ascii: "#") })
    else {
      throw Refusal(.badRequest, "the request's address is none of this server's")
    }
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var query: [String: String] = [:]
    for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      query[String(sides[0])] = sides.count > 1 ? String(sides[1]) : ""
    }
    return (parts[0], query)
  }

  /// Against requests that a stranger's page makes a browser send.
  private func checkOrigin(_ request: HTTPRequest) throws(Refusal) {
    let host = request.authority ?? ""
    for origin in request.headerFields[values: .origin]
    where origin != "http://\(host)" && origin != "https://\(host)" {
      throw Refusal(
        .forbidden,
        "the request comes from a page at \(quoted(origin)), expected one of this server's")
    }
    let sites = request.headerFields[values: .secFetchSite]
    for site in sites where site != "same-origin" && site != "none" {
      throw Refusal(
        .forbidden,
        "the request comes from another site's page (\(quoted(site))), expected this one's")
    }
  }

  private func checkBody(_ request: HTTPRequest, _ route: Route) throws(Refusal) {
    let fields = request.headerFields
    guard !route.accepts.isEmpty else {
      let length = fields[.contentLength].map { Int($0) ?? .max } ?? 0
      guard length == 0, fields[.transferEncoding] == nil else {
        throw Refusal(.contentTooLarge, "the request has a body, expected none here")
      }
      return
    }
    let type = fields[.contentType] ?? ""
    let plain = type.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased()
    let encoding = fields[.contentEncoding]?.lowercased() ?? "identity"
    guard fields[values: .contentType].count == 1, route.accepts.contains(plain ?? ""),
      encoding == "identity"
    else {
      throw Refusal(
        .unsupportedMediaType,
        "the body is \(quoted(type)) (encoding \(quoted(encoding))), "
          + "expected \(route.accepts.joined(separator: " or "))")
    }
    if let length = fields[.contentLength].flatMap({ Int($0) }), length > limits.bytes {
      throw tooLarge(limits)
    }
  }
}

extension HTTPField.Name {
  fileprivate static let host = HTTPField.Name("Host")!
  fileprivate static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}

func tooLarge(_ limits: Limits) -> Refusal {
  Refusal(
    .contentTooLarge,
    "the body has more than \(limits.bytes) bytes, which are as many as are taken; scale pictures down"
  )
}

/// A stranger's text, short and in one line.
func quoted(_ text: String) -> String { JSONValue.string(String(text.prefix(80))).line.ascii }

/// A text of which every character can be printed.
func printable(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    scalar.properties.generalCategory.isInvisible ? scalar.escaped(asASCII: true) : String(scalar)
  }.joined()
}

extension String {
  fileprivate var ascii: String {
    unicodeScalars.map { 0x20..<0x7F ~= $0.value ? String($0) : $0.escaped(asASCII: true) }.joined()
  }
}

extension Unicode.GeneralCategory {
  fileprivate var isInvisible: Bool {
    [.control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned]
      .contains(self)
  }
}
