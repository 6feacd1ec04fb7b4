import Support

/// What a file is, by its first bytes: people save web pages, pointers and other formats under the
/// names of weights.
public enum FileContent: Equatable, Sendable {
  case empty, webPage, pointer, zip, tar, gzip, hdf5, gguf, safetensors, json, text, unknown
  /// PyTorch's format from before version 1.6.
  case legacyTorch
  /// A Python pickle that no archive holds.
  case pickle

  /// - Throws: ``FileError``.
  package init(ofFileAt path: String) throws {
    let file = try MappedFile(path)
    self = withExtendedLifetime(file) { Self(file.bytes) }
  }

  package init(_ bytes: UnsafeRawBufferPointer) {
    let start = bytes.prefix(512)
    let rules: [(content: Self, prefix: [UInt8])] = [
      (.zip, [0x50, 0x4B, 3, 4]), (.zip, [0x50, 0x4B, 5, 6]), (.gzip, [0x1F, 0x8B]),
      (.hdf5, [0x89, 0x48, 0x44, 0x46]), (.gguf, Array("GGUF".utf8)),
      (.pointer, Array("version https://git-lfs".utf8)),
      (.legacyTorch, Self.legacyMagic),
    ]
    if start.isEmpty {
      self = .empty
    } else if let rule = rules.first(where: { start.starts(with: $0.prefix) }) {
      self = rule.content
    } else if start.count > 262, start[257..<262].elementsEqual("ustar".utf8) {
      self = .tar
    } else if start.count > 8, start[8] == UInt8(ascii: "{"), start[5..<8].allSatisfy({ $0 == 0 }) {
      self = .safetensors
    } else if start.count > 1, start[0] == 0x80, (1...5).contains(start[1]) {
      self = .pickle
    } else {
      self = Self.textual(start)
    }
  }

  /// The first pickle of the old format: protocol 2, the number 0x1950a86a20f9469cfc6c.
  private static let legacyMagic: [UInt8] = [
    0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  private static func textual(_ start: Slice<UnsafeRawBufferPointer>) -> Self {
    guard start.allSatisfy({ $0 >= 32 || (9...13).contains($0) }) else { return .unknown }
    let words = String(decoding: start, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    if words.hasPrefix("<") { return .webPage }
    return words.hasPrefix("{") ? .json : .text
  }

  /// What it is, to be put after "is".
  package var name: String {
    switch self {
    case .empty: "empty"
    case .webPage: "a web page or XML, not weights"
    case .pointer: "a Git LFS pointer: the few lines that stand for the weights in a repository"
    case .zip: "a zip archive"
    case .tar: "a tar archive"
    case .gzip: "compressed with gzip"
    case .hdf5: "an HDF5 file, as Keras writes them"
    case .gguf: "a GGUF file"
    case .safetensors: "a safetensors file"
    case .json: "a JSON text"
    case .text: "a text, not weights"
    case .unknown: "in an unknown format"
    case .legacyTorch: "in PyTorch's format from before version 1.6"
    case .pickle: "a plain Python pickle"
    }
  }

  /// What to do to get weights instead; `path` is the file's.
  package func advice(for path: String) -> String {
    switch self {
    case .empty: "Copy or download it again."
    case .webPage:
      "The link led to a page (a log-in, an error or a preview); download the file itself."
    case .pointer: "Run \"git lfs pull\" in the repository, or download the file itself."
    case .gzip: "Unpack it first."
    case .legacyTorch: "Re-save it once in Python: " + Self.resave(path, weightsOnly: true)
    case .tar:
      "If it holds a PyTorch checkpoint (before version 0.2) and you trust its author, re-save it "
        + "once in Python: " + Self.resave(path, weightsOnly: false)
    default: "Expected a safetensors file or a checkpoint of PyTorch 1.6 or later."
    }
  }

  private static func resave(_ path: String, weightsOnly: Bool) -> String {
    "import torch; torch.save(torch.load(\"\(path)\", weights_only=\(weightsOnly ? "True" : "False"),"
      + " map_location=\"cpu\"), \"\(path).new\")"
  }
}
