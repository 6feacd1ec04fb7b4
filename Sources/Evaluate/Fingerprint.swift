import Foundation
import Support

/// SHA-256 digests that name what an evaluation rests on.
enum Fingerprint {
  /// Of several named contents: the digest of one line `digest name` each, in the order given.
  static func combined(_ parts: [(name: String, digest: String)]) -> String {
    SHA256.hexadecimal(of: parts.map { "\($0.digest) \($0.name)\n" }.joined().utf8)
  }

  /// Of a model folder's components: weights and configurations, not the state of a training. Of a
  /// model in one file, that file.
  ///
  /// - Throws: ``EvaluationError/unreadable(file:reason:)``.
  static func model(at folder: URL) throws -> String {
    if (try? folder.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true {
      return try file(at: folder)
    }
    let components = ["unet", "unet_ema", "vae", "image_encoder", "image_encoder_ema", "scheduler"]
    let files = components.flatMap { component in
      let path = folder.appending(path: component).relativePath
      let names = try? FileManager.default.contentsOfDirectory(atPath: path)
      return (names ?? []).sorted().filter { !$0.hasPrefix(".") }.map { "\(component)/\($0)" }
    }
    return combined(try files.map { ($0, try file(at: folder.appending(path: $0))) })
  }

  static func file(at url: URL) throws -> String {
    do {
      return try SHA256.hexadecimal(ofFileAt: url)
    } catch {
      throw EvaluationError.reading(url, error)
    }
  }

  /// Of the pictures that a case consists of.
  static func inputs(of benchCase: BenchCase) throws -> String {
    combined([
      ("ground truth", try file(at: benchCase.groundTruth)),
      ("mask", try file(at: benchCase.mask)),
      ("reference", try file(at: benchCase.reference)),
    ])
  }
}
