import Support

/// The zip archive that `torch.save` writes: `NAME/data.pkl` and the storages `NAME/data/KEY`.
struct TorchArchive {
  private let path: String
  private let file: MappedFile
  private let entries: [String: Range<Int>]
  /// `NAME/`: the name that the file had when it was written, or `archive`.
  private let folder: String

  private static let pickleName = "data.pkl"

  /// - Throws: ``FileError``, ``TorchFileError``, ``ZipError``.
  init(_ path: String) throws {
    self.path = path
    file = try MappedFile(path)
    let content = FileContent(file.bytes)
    guard content == .zip else { throw TorchFileError.notCheckpoint(path, content) }
    let entries = try Self.entries(of: file, path)
    let pickles = entries.keys.filter { $0.lastName == Self.pickleName && $0 != Self.pickleName }
    guard let pickle = pickles.min(by: { ($0.utf8.count, $0) < ($1.utf8.count, $1) }) else {
      throw TorchFileError.noPickle(path)
    }
    folder = String(pickle.dropLast(Self.pickleName.count))
    guard entries[folder + "constants.pkl"] == nil else { throw TorchFileError.script(path) }
    if let order = entries[folder + "byteorder"], !file.bytes[order].elementsEqual("little".utf8) {
      throw TorchFileError.bigEndian(path)
    }
    self.entries = entries
  }

  private static func entries(of file: MappedFile, _ path: String) throws -> [String: Range<Int>] {
    do {
      return try ZipArchive(file.bytes, path: path).entries
    } catch let error as ZipError {
      // Programs compress their code.
      if case .compressed(let name) = error.reason, name.contains("/code/") {
        throw TorchFileError.script(path)
      }
      throw error
    }
  }

  /// - Throws: ``PickleError``.
  func pickle() throws -> Pickle {
    let name = folder + Self.pickleName
    let range = entries[name] ?? 0..<0
    return try Pickle(
      UnsafeRawBufferPointer(rebasing: file.bytes[range]), path: "\(path) (\(name.shortened))")
  }

  /// The tensor that a value describes; nil where it describes something else.
  ///
  /// - Throws: ``TorchFileError`` for a tensor that cannot be read.
  func tensor(_ value: PickleValue, named name: String) throws -> MappedTensor? {
    do {
      return try TorchTensor(value).map(mapped)
    } catch let error as TorchTensor.Problem {
      throw TorchFileError.badTensor(path, name, error.description)
    }
  }

  private func mapped(_ tensor: TorchTensor) throws -> MappedTensor {
    let storage = tensor.storage
    guard let entry = entries["\(folder)data/\(storage.key)"] else {
      throw TorchTensor.Problem("its storage \(storage.key.shortened) is not in the archive")
    }
    let (bytes, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
    guard !overflow, bytes == entry.count else {
      throw TorchTensor.Problem(
        "its storage should have \(storage.count) elements of \(storage.type.size) bytes, "
          + "but has \(entry.count) bytes")
    }
    let elements = try tensor.elements()
    let size = storage.type.size
    let start = entry.lowerBound
    return MappedTensor(
      TensorLayout(storage.type, tensor.shape), file,
      start + elements.lowerBound * size..<start + elements.upperBound * size,
      strides: tensor.isContiguous ? nil : tensor.strides)
  }

  /// Strides of zero and shared storages let a small file stand for endless tensors.
  ///
  /// - Throws: ``TorchFileError/repetitive``.
  func checkRepetition(of shapes: [[Int]]) throws {
    let limit = 8 * file.bytes.count + 1 << 20
    var total = 0
    for shape in shapes {
      let (sum, overflow) = total.addingReportingOverflow(shape.reduce(1, *))
      guard !overflow, sum <= limit else {
        throw TorchFileError.repetitive(
          path, elements: overflow ? "countless" : "at least \(sum)", bytes: file.bytes.count)
      }
      total = sum
    }
  }
}
