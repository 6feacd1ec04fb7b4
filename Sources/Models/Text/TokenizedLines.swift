import Foundation
import Support

extension Tokenizer {
  /// Writes the tokens of a file's lines, one JSON list a line, as they are read: memory is that of one
  /// line.
  ///
  /// - Parameters:
  ///   - input: UTF-8, one text a line.
  ///   - output: appears when all of it is written.
  ///   - isPadded: every text gets ``length`` tokens; else as many as it has.
  ///   - isStopping: asked at every line.
  /// - Returns: how many lines there were.
  /// - Throws: ``TokenizerError/unreadable(_:line:reason:)`` for what is not UTF-8, `FileError`,
  ///   `CancellationError` when it was stopped.
  public func tokenize(
    linesOf input: String, to output: String, isPadded: Bool = true,
    isStopping: () -> Bool = { false }
  ) throws -> Int {
    let lines = try LineReader(path: input)
    var count = 0
    try AtomicFile.write(to: output) { file in
      var isAtEnd = false
      while !isAtEnd {
        let text = try tokenized(lines, isPadded, &count, isStopping)
        isAtEnd = text.isEmpty
        try text.withUnsafeBytes { try file.append($0) }
      }
    }
    return count
  }

  /// The lists of some lines; none at the end of the file.
  private func tokenized(
    _ lines: LineReader, _ isPadded: Bool, _ count: inout Int, _ isStopping: () -> Bool
  ) throws -> [UInt8] {
    var text: [UInt8] = []
    while text.count < Self.writtenAtOnce, let line = try lines.next() {
      if isStopping() { throw CancellationError() }
      guard let string = String(validating: line, as: UTF8.self) else {
        throw FileError.failed(
          path: lines.path, operation: "read",
          reason: "line \(lines.line) is not UTF-8; save it as UTF-8")
      }
      let tokens = isPadded ? self(string) : encode(string)
      text.append(contentsOf: "[\(tokens.map(String.init).joined(separator: ", "))]\n".utf8)
      count += 1
    }
    return text
  }

  private static let writtenAtOnce = 1 << 18  // bytes
}
