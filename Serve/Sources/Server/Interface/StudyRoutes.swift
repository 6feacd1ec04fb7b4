import Foundation
import HTTPTypes
import PaintByExample

/// The page of a study, which `pbe-eval study make` made, and nothing else: raters rank, they don't paint.
struct StudyRoutes: RouteGroup {
  let study: ServedStudy
  let token: AccessToken?

  var routes: [Route] {
    [
      Route(.get, "/") { call in
        if let token, call.query["token"] != nil { return token.welcome(port: call.port) }
        return Answer(
          type: "text/html; charset=utf-8", study.html,
          [.cacheControl: "no-store", .contentSecurityPolicy: study.policy])
      }
    ]
  }
}

/// A study's page as a server hands it out.
public struct ServedStudy: Sendable {
  let html: Data
  /// What the page allows itself, which is all that the server allows it.
  let policy: String

  /// - Throws: Foundation's error where there is no such file; ``StudyFileError`` for what is no study's
  ///   page.
  public init(contentsOf path: String) throws {
    html = try Data(contentsOf: URL(filePath: path))
    let head = String(decoding: html.prefix(4096), as: UTF8.self)
    let mark =
      /<meta http-equiv="Content-Security-Policy" content="(default-src 'none'; [^"\r\n]*)">/
    guard let found = head.firstMatch(of: mark) else { throw StudyFileError(path: path) }
    policy = "\(found.output.1); frame-ancestors 'none'"
  }
}

/// A file that is not what `pbe-eval study make` writes for raters.
public struct StudyFileError: Error, CustomStringConvertible {
  let path: String

  public var description: String {
    "\(path): not the page of a study; give the study.html that 'pbe-eval study make' wrote"
  }
}
