import Foundation

/// A way in for files from outside. Whatever bytes it is given, it returns or throws: it neither ends the
/// process, nor takes much longer or more memory than their number calls for.
public struct Reader: Sendable {
  /// Names its folder of examples in `corpus`.
  public let name: String
  private let read: @Sendable (Input) throws -> Void

  init(_ name: String, _ read: @escaping @Sendable (Input) throws -> Void) {
    (self.name, self.read) = (name, read)
  }

  /// Reads bytes as a file of this kind.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - folder: where readers that want a path find it; must exist, and is the caller's alone.
  /// - Returns: whether they were such a file.
  @discardableResult public func accepts(_ bytes: [UInt8], in folder: String) -> Bool {
    (try? read(Input(bytes: bytes, folder: folder))) != nil
  }

  /// The reader of that name.
  public static func named(_ name: String) -> Reader? { all.first { $0.name == name } }
}

/// What a reader is given.
struct Input {
  let bytes: [UInt8]
  let folder: String

  var data: Data { Data(bytes) }

  /// The bytes as a file of that name.
  ///
  /// - Parameter name: may lie in folders below.
  func file(_ name: String) throws -> String {
    let url = URL(filePath: "\(folder)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
    return url.path
  }
}
