/// The hosts that a server is known as, as requests name them.
package struct HostList: Sendable {
  /// Known with the port that they are given with; without one with any, since a proxy has its own.
  private let allowed: Set<String>
  /// Names and addresses of this machine, known with this server's port.
  private let own: [String]

  package init(_ allowed: [String], own: [String]) {
    self.allowed = Set(allowed.map { $0.lowercased() })
    self.own = own.map { $0.lowercased() }
  }

  /// - Parameter port: at which the request came.
  package func contains(_ host: String, port: Int) -> Bool {
    let host = host.lowercased()
    if own.contains(where: { host == "\($0):\(port)" || (port == 80 && host == $0) }) {
      return true
    }
    return allowed.contains(host) || allowed.contains(host.withoutPort)
  }
}

extension String {
  fileprivate var withoutPort: String {
    guard let colon = lastIndex(of: ":"), self[colon...].count > 1,
      self[index(after: colon)...].utf8.allSatisfy({ 0x30...0x39 ~= $0 })
    else { return self }
    return String(self[..<colon])
  }
}
