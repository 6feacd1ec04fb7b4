import HTTPTypes
import Serving
import Testing

/// Which hosts a server takes for itself.
@Suite struct HostTests {
  private let hosts = HostList(
    ["paint.example", "proxy.example:8443"], own: ["localhost", "127.0.0.1", "[::1]"])

  @Test(arguments: [
    "localhost:8080", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "paint.example",
    "paint.example:443", "Paint.Example:1", "proxy.example:8443",
  ]) func own(_ host: String) { #expect(hosts.contains(host, port: 8080)) }

  @Test(arguments: [
    "", ":8080", "localhost", "localhost:80", "localhost:8080:8080", "localhost.:8080",
    "a.localhost:8080", "::1:8080", "[::1]", "proxy.example", "proxy.example:1",
    "paint.example:", "paint.example:x", "paint.example.evil", "evil/paint.example",
  ]) func strangers(_ host: String) { #expect(!hosts.contains(host, port: 8080)) }

  @Test func thePortOfTheWebMayBeLeftOut() {
    #expect(hosts.contains("localhost", port: 80))
    #expect(hosts.contains("localhost:80", port: 80))
  }
}
