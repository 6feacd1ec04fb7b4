/// Texts from outside (names of files, keys, tensors) as a terminal may show them. One that is printed
/// as it is could move the cursor, recolour or rename the window, or turn the rest of a line round.
extension String {
  /// The text with what can't be seen written out, line ends and tabs apart; bytes of a path that are
  /// no UTF-8 as `\xE9`.
  package var printable: String { written { $0 == "\n" || $0 == "\t" } }

  /// A path or another name from outside, in one line: line ends and tabs are written out, too.
  package var readablePath: String { written { _ in false } }

  /// Fit for a message: names in broken files can be megabytes long.
  package var shortened: String {
    // Bytes first: to count the characters of a megabyte takes long.
    let isShort = utf8.count <= 100 || utf8.count <= 400 && count <= 100
    return (isShort ? self : "\(prefix(100))…").readablePath
  }

  private func written(keeping isKept: (Unicode.Scalar) -> Bool) -> String {
    guard !utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if isKept(scalar) {
        result.append(scalar)
      } else if let byte = Self.byte(scalar) {
        result.append(contentsOf: Self.hexadecimal("\\x", UInt32(byte), digits: 2))
      } else if scalar.isUnprintable {
        result.append(
          contentsOf: scalar.value < 0x100
            ? Self.hexadecimal("\\x", scalar.value, digits: 2)
            : Self.hexadecimal("\\u", scalar.value, digits: 4))
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  private static func hexadecimal(
    _ prefix: String, _ value: UInt32, digits: Int
  ) -> String.UnicodeScalarView {
    let text = String(value, radix: 16, uppercase: true)
    return (prefix + String(repeating: "0", count: Swift.max(0, digits - text.count)) + text)
      .unicodeScalars
  }
}

extension Unicode.Scalar {
  /// Control characters, and those that turn the direction of writing or break lines unseen.
  fileprivate var isUnprintable: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
      true
    default: false
    }
  }
}
