import Foundation
import HTTPTypes

/// What whoever is not at this machine must know.
public struct AccessToken: Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  /// The cookie that has it; cookies are shared by all ports of a machine.
  static func cookie(port: Int) -> String { "pbe-token-\(port)" }

  /// 126 bits that nobody can guess.
  public static func random() -> String {
    (0..<2).map { _ in String(UInt64.random(in: 0 ... .max) | 1 << 63, radix: 36) }.joined()
  }

  /// Whether a request has it: in its address (the first time), a cookie or a field.
  func isShown(_ request: HTTPRequest, _ query: [String: String], port: Int) -> Bool {
    var shown = [query["token"] ?? ""]
    for value in request.headerFields[values: .authorization] where value.hasPrefix("Bearer ") {
      shown.append(String(value.dropFirst(7)))
    }
    for value in request.headerFields[values: .cookie] {
      for part in value.split(separator: ";") {
        let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
        if pair.count == 2, pair[0] == Self.cookie(port: port) { shown.append(String(pair[1])) }
      }
    }
    return shown.contains { matches($0) }
  }

  /// Sends a browser on to the page: from there on a cookie has the token, and the address doesn't.
  func welcome(port: Int) -> Answer {
    Answer(
      .seeOther, Data(),
      [
        .location: "/", .cacheControl: "no-store",
        .setCookie: "\(Self.cookie(port: port))=\(text); Path=/; HttpOnly; SameSite=Strict",
      ])
  }

  /// Takes as long whatever is guessed right.
  private func matches(_ guess: String) -> Bool {
    let (own, guess) = (Array(text.utf8), Array(guess.utf8))
    guard own.count == guess.count else { return false }
    return zip(own, guess).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
