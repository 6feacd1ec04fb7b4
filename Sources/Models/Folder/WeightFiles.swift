import Foundation
import Support

/// The files in which diffusers and transformers keep a component's weights.
enum WeightFiles {
  /// Which file in a component's folder holds its weights: safetensors before pickles, one file before
  /// several, full precision before the variants that published folders have beside it.
  ///
  /// - Throws: ``ModelFolderError/missingWeights(folder:expected:)``.
  static func path(in folder: String, _ component: ComponentName) throws -> String {
    let (stem, pickle) = component.stems
    let candidates = ["", "fp16", "bf16"].flatMap { variant in
      [
        named(stem, variant, "safetensors"),
        named("\(stem).safetensors.index", variant, "json"),
        named(pickle, variant, "bin"),
        named("\(pickle).bin.index", variant, "json"),
      ]
    }
    let paths = candidates.map { "\(folder)/\($0)" }
    guard let path = paths.first(where: { FileSystem.exists($0) }) else {
      throw ModelFolderError.missingWeights(folder: folder, expected: Array(candidates.prefix(4)))
    }
    return path
  }

  private static func named(_ stem: String, _ variant: String, _ ending: String) -> String {
    [stem, variant, ending].filter { !$0.isEmpty }.joined(separator: ".")
  }

  /// The one file in a folder that may be an original checkpoint; nil when there is none.
  ///
  /// - Throws: ``ModelFolderError/severalCheckpoints(_:_:)``, `FileError`.
  static func checkpoint(in folder: String) throws -> String? {
    let found = try FileSystem.names(in: folder).sorted().filter { name in
      [".ckpt", ".safetensors"].contains { name.hasSuffix($0) }
    }
    guard found.count < 2 else { throw ModelFolderError.severalCheckpoints(folder, found) }
    return found.first.map { "\(folder)/\($0)" }
  }
}
