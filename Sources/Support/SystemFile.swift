import Foundation

/// The small files in which the system tells about itself, below /proc and /sys.
enum SystemFile {
  /// Nil where there is no such file.
  static func text(of file: String) -> String? {
    try? String(contentsOfFile: file, encoding: .utf8)
  }

  static func number(in file: String) -> Int? {
    text(of: file).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
}
