/// The tensors of a checkpoint that `torch.save` wrote: a state dictionary, or something that holds
/// one under `state_dict` as Lightning's checkpoints do.
///
/// The file is mapped, and only its directory and its pickle are read when it is opened. Of the
/// pickle, tensors are understood; every other class or function is passed over, never run.
///
/// - Source: torch/serialization.py and torch/_utils.py of PyTorch 1.6 to 2.13.
public struct TorchFile: TensorFile {
  public let path: String
  /// What the file holds besides weights, by name: other values of the state dictionary, and what
  /// stands beside it. Sorted.
  public let ignored: [String]
  private let tensors: [String: MappedTensor]

  /// - Throws: `FileError`, ``TorchFileError`` or what is wrong with its archive or pickle; the
  ///   message is complete.
  public init(_ path: String) throws {
    self.path = path
    let archive = try TorchArchive(path)
    let top = try archive.pickle().root
    guard let entries = top.pairs else {
      let isTensor = try archive.tensor(top, named: "at the top") != nil
      throw TorchFileError.notDictionary(path, found: isTensor ? "a single tensor" : top.kind)
    }
    let nested = top["state_dict"]?.pairs
    var ignored =
      nested == nil ? [] : entries.compactMap(\.key.string).filter { $0 != "state_dict" }
    var tensors: [String: MappedTensor] = [:]
    for (key, value) in nested ?? entries {
      let name = key.string ?? key.integer.map(String.init) ?? key.kind
      if let tensor = try archive.tensor(value, named: name.shortened), key.string != nil {
        tensors[name] = tensor
      } else {
        ignored.append(name)
      }
    }
    guard !tensors.isEmpty else {
      let names = entries.prefix(8).map { ($0.key.string ?? $0.key.kind).shortened }
      throw TorchFileError.noTensors(path, beside: names, more: entries.count - names.count)
    }
    try archive.checkRepetition(of: tensors.values.map(\.layout.shape))
    self.tensors = tensors
    self.ignored = Set(ignored).subtracting(tensors.keys).sorted()
  }

  public var layouts: [String: TensorLayout] { tensors.mapValues(\.layout) }

  public func reader(of name: String) throws -> @Sendable () -> Tensor {
    try tensor(of: name).read
  }

  public func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try tensor(of: name).withBytes(body)
  }

  public func releasePages(of name: String) { tensors[name]?.releasePages() }

  private func tensor(of name: String) throws -> MappedTensor {
    guard let tensor = tensors[name] else { throw TorchFileError.noTensor(path, name, names) }
    return tensor
  }
}

/// What can be wrong with a PyTorch checkpoint, its archive and its pickle apart.
public enum TorchFileError: Error, CustomStringConvertible {
  case notCheckpoint(_ path: String, _ found: FileContent)
  case noPickle(_ path: String)
  case script(_ path: String)
  case bigEndian(_ path: String)
  case notDictionary(_ path: String, found: String)
  case noTensors(_ path: String, beside: [String], more: Int)
  case badTensor(_ path: String, _ name: String, _ why: String)
  case repetitive(_ path: String, elements: String, bytes: Int)
  case noTensor(_ path: String, _ name: String, _ names: [String])

  public var description: String {
    switch self {
    case .notCheckpoint(let path, let found):
      "\(path) is not a PyTorch checkpoint that can be read, it is \(found.name). "
        + found.advice(for: path)
    case .noPickle(let path):
      "\(path) is a zip archive, but not PyTorch's: it has no data.pkl. "
        + "If a checkpoint was packed into it, unpack that first."
    case .script(let path):
      "\(path) is a TorchScript program, not a checkpoint. Save its weights in Python: "
        + "torch.save(torch.jit.load(\"\(path)\").state_dict(), \"\(path).new\")"
    case .bigEndian(let path):
      "\(path) was written on a big-endian machine. Re-save it on this one in Python: "
        + "torch.save(torch.load(\"\(path)\"), \"\(path).new\")"
    case .notDictionary(let path, let found):
      "\(path) holds \(found), expected a dictionary of tensors, such as a module's state_dict()"
    case .noTensors(let path, let names, let more):
      "\(path) has no tensors at its top or under state_dict; it has "
        + (names.isEmpty ? "nothing" : names.joined(separator: ", "))
        + (more > 0 ? " and \(more) more" : "")
    case .badTensor(let path, let name, let why):
      "\(path): tensor \(name): \(why)"
    case .repetitive(let path, let elements, let bytes):
      "\(path): its tensors have \(elements) elements in a file of \(bytes) bytes: they repeat "
        + "what is stored without end; nothing that writes checkpoints does this"
    case .noTensor(let path, let name, let names):
      "\(path) has no tensor \(name); it has \(names.prefix(8).joined(separator: ", "))"
        + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
  }
}
