import Foundation
import Support

/// SHA-256 digests that name what an evaluation rests on.
enum Fingerprint {
  /// Of several named contents: the digest of one line `digest name` each, in the order given.
  static func combined(_ parts: [(name: String, digest: String)]) -> String {
    SHA256.hexadecimal(of: parts.map { "\($0.digest) \($0.name)\n" }.joined().utf8)
  }

  /// - Throws: ``EvaluationError``.
  static func file(at url: URL) throws -> String {
    do {
      return try SHA256.hexadecimal(ofFileAt: url)
    } catch {
      throw EvaluationError.reading(url, error)
    }
  }
}
