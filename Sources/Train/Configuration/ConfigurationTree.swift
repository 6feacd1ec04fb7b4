import Foundation
import Support

/// A configuration as it was written: files merged from left to right, then overrides.
///
/// Mappings merge deeply, lists are replaced, as in the official `main.py`.
public struct ConfigurationTree: Equatable, Sendable {
  /// A mapping.
  public var root: ConfigurationNode

  /// A configuration that says nothing.
  init() {
    let nowhere = SourcePosition(source: "", line: nil)
    root = ConfigurationNode(content: .mapping([]), position: nowhere)
  }

  /// Reads and merges.
  ///
  /// - Parameters:
  ///   - files: Paths of YAML files.
  ///   - overrides: `data.params.batch_size=2`; the value is YAML.
  /// - Throws: what is wrong with each file and each override, all at once.
  public init(files: [String], overrides: [String] = []) throws(ConfigurationError) {
    var problems: [ConfigurationProblem] = []
    let empty = SourcePosition(source: files.last ?? SourcePosition.commandLine.source, line: nil)
    var root = ConfigurationNode(content: .mapping([]), position: empty)
    for file in files {
      do {
        root = root.merging(try Self.read(file))
      } catch {
        problems += error.problems
      }
    }
    for override in overrides {
      do {
        root = root.merging(try Self.parse(override: override))
      } catch {
        problems += error.problems
      }
    }
    if !problems.isEmpty { throw ConfigurationError(problems) }
    self.root = root
  }

  /// The same with every `${…}` followed. What is written down stays as it was given.
  ///
  /// - Throws: where one leads nowhere.
  func interpolated() throws(ConfigurationError) -> ConfigurationTree {
    var copy = self
    copy.root = try Interpolation(root).resolved()
    return copy
  }

  private static func read(_ file: String) throws(ConfigurationError) -> ConfigurationNode {
    let position = SourcePosition(source: file, line: nil)
    let node = try YAMLReader(text: text(of: file), source: file).node()
    switch node.content {
    case .mapping: return node
    case .null: return ConfigurationNode(content: .mapping([]), position: position)
    default:
      throw ConfigurationError(
        "holds \(node.found), expected keys with values, as in Configs/demo.yaml", at: node.position
      )
    }
  }

  private static func text(of file: String) throws(ConfigurationError) -> String {
    let position = SourcePosition(source: file, line: nil)
    let sizeLimit = 1 << 20
    let data: Data
    do {
      data = try FileSystem.start(of: file, count: sizeLimit + 1)
    } catch {
      guard FileSystem.exists(file) || FileSystem.isLink(file) else {
        throw ConfigurationError("the configuration file does not exist", at: position)
      }
      throw ConfigurationError("the configuration file cannot be read: \(error)", at: position)
    }
    guard data.count <= sizeLimit else {
      throw ConfigurationError("is over 1 MB, which is no configuration", at: position)
    }
    let isUTF16 = data.withUnsafeBytes { TextEncoding(of: $0) != .utf8 }
    if isUTF16 { return try decoded(data, file) }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ConfigurationError(
        "is not UTF-8 text; save it as UTF-8",
        at: SourcePosition(source: file, line: firstLineThatIsNotUTF8(data)))
    }
    return text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
  }

  private static func decoded(
    _ data: Data, _ file: String
  ) throws(ConfigurationError) -> String {
    do {
      let bytes = try data.withUnsafeBytes { try TextEncoding(of: $0).decoded($0, path: file) }
      return String(decoding: bytes, as: UTF8.self)
    } catch {
      throw ConfigurationError(
        "is not UTF-8 text; save it as UTF-8", at: SourcePosition(source: file, line: 1))
    }
  }

  private static func firstLineThatIsNotUTF8(_ data: Data) -> Int {
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let index = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    return (index ?? 0) + 1
  }

  private static func parse(override: String) throws(ConfigurationError) -> ConfigurationNode {
    guard let equals = override.firstIndex(of: "=") else {
      throw ConfigurationError(
        "`\(override.shortened)` is no override; write key=value, as in data.params.batch_size=2",
        at: .commandLine)
    }
    let path = override[..<equals].split(separator: ".", omittingEmptySubsequences: false)
    guard path.count <= 32, path.allSatisfy({ !$0.isEmpty }) else {
      throw ConfigurationError(
        "`\(override.shortened)`: `\(String(override[..<equals]).shortened)` is no key; "
          + "write its parts with dots between, as in data.params.batch_size=2",
        at: .commandLine)
    }
    let text = String(override[override.index(after: equals)...])
    var node: ConfigurationNode
    do {
      node = try YAMLReader(text: text, source: nil).node()
    } catch {
      throw ConfigurationError(
        error.problems.map { problem in
          ConfigurationProblem(
            position: .commandLine, message: "`\(override.shortened)`: \(problem.message)")
        })
    }
    for key in path.reversed() {
      let member = ConfigurationNode.Member(key: String(key), position: .commandLine, value: node)
      node = ConfigurationNode(content: .mapping([member]), position: .commandLine)
    }
    return node
  }
}
