import Foundation

/// A folder that lives as long as the test.
public final class TemporaryFolder: Sendable {
  public let url: URL

  public init(_ name: String = "test") throws {
    url = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  public func file(_ name: String) -> URL { url.appending(path: name) }

  public func path(_ name: String) -> String { file(name).path }

  public func text(_ name: String) throws -> String {
    try String(contentsOf: file(name), encoding: .utf8)
  }

  public func json(_ name: String) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file(name)))
    return object as? [String: Any] ?? [:]
  }

  /// Writes a file and returns its path.
  public func write(_ bytes: some Sequence<UInt8>, _ name: String = "file") throws -> String {
    try Data(bytes).write(to: file(name))
    return path(name)
  }
}

/// A folder that is removed after `body`.
public func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = try TemporaryFolder()
  return try withExtendedLifetime(folder) { try body(folder.url.path) }
}
