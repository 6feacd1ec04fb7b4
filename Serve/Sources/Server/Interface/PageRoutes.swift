import Foundation
import HTTPTypes
import PaintByExample

/// The page's files, from memory: nothing that a client says becomes a name of a file.
struct PageRoutes: RouteGroup {
  let token: AccessToken?

  private struct File {
    let path: String
    let type: String
    let data: Data
    let tag: String

    init(_ name: String, _ type: String, _ bytes: [UInt8]) {
      path = name == "index.html" ? "/" : "/page/\(name)"
      self.type = type
      data = Data(bytes)
      tag = "\"\(SHA256.hexadecimal(of: data).prefix(16))\""
    }
  }

  private static let files = [
    File("index.html", "text/html; charset=utf-8", PackageResources.index_html)
  ]

  var routes: [Route] {
    Self.files.map { file in
      Route(.get, file.path) { call in
        if file.path == "/", let token, call.query["token"] != nil {
          return Self.welcome(token, port: call.port)
        }
        return Self.answer(file, call)
      }
    }
  }

  private static func answer(_ file: File, _ call: Call) -> Answer {
    let fields: HTTPFields = [
      .eTag: file.tag, .cacheControl: "no-cache", .contentSecurityPolicy: policy,
    ]
    if call.fields[.ifNoneMatch] == file.tag { return Answer(.notModified, Data(), fields) }
    return Answer(type: file.type, file.data, fields)
  }

  /// From here on a cookie has the token, and the address doesn't.
  private static func welcome(_ token: AccessToken, port: Int) -> Answer {
    Answer(
      .seeOther, Data(),
      [
        .location: "/", .cacheControl: "no-store",
        .setCookie:
          "\(AccessToken.cookie(port: port))=\(token.text); Path=/; HttpOnly; SameSite=Strict",
      ])
  }

  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
}
