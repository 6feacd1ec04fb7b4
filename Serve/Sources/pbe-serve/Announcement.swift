import Commands
import Foundation
import Serving

/// Tells whoever started the server where the page is, and opens it if asked to.
struct Announcement: Sendable {
  let host: String
  let token: String?
  let opens: Bool

  func make(port: Int) {
    let own = ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host
    printText(address(own, port))
    if token != nil, own != host {
      printText(address(ProcessInfo.processInfo.hostName, port))
    }
    if opens { open(address(own, port)) }
  }

  private func address(_ host: String, _ port: Int) -> String {
    "http://\(host.bracketed):\(port)/" + (token.map { "?token=\($0)" } ?? "")
  }

  /// With the desktop's program for that, where there is one.
  private func open(_ address: String) {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let program = path.split(separator: ":").map { "\($0)/xdg-open" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let program else { return log("no xdg-open here: open the address yourself") }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = [address]
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    do { try process.run() } catch { log("cannot run xdg-open: \(error)") }
  }
}
