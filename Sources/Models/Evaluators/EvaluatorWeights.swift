import Autograd
import Support
import Tensors

/// The weights of an evaluation's network in a file, and how the file names them.
struct EvaluatorWeights {
  private let file: any TensorFile
  private let network: String
  private let map: NameMap
  /// Weights of ours that the file has transposed.
  private let transposed: Set<String>
  private let isSkipped: (String) -> Bool

  /// - Parameters:
  ///   - network: its name, for messages.
  ///   - isSkipped: which of the file's names are passed over; every other one must be a weight.
  init(
    _ file: any TensorFile, of network: String, map: NameMap = .ours,
    transposed: Set<String> = [], isSkipped: @escaping (String) -> Bool
  ) {
    (self.file, self.network, self.map) = (file, network, map)
    (self.transposed, self.isSkipped) = (transposed, isSkipped)
  }

  /// A view of the file under our names, compared with the parameters and free of NaN.
  ///
  /// - Throws: ``EvaluatorError/mismatch(_:_:_:)`` with the file's own names,
  ///   ``EvaluatorError/notFinite(_:_:)``.
  func checked(for parameters: [Parameter]) throws -> [String: Tensor] {
    var expected: [(name: String, shape: [Int])] = []
    for parameter in parameters {
      let place = map.place(of: parameter.name)
      if let part = place.part, part.index > 0 { continue }  // the first stands for the stack
      expected.append((place.name, place.shape(for: shapeInFile(parameter))))
    }
    let found = file.layouts.filter { !isSkipped($0.key) }.mapValues(\.shape)
    let mismatch = WeightMismatch(expected: expected, found: found)
    guard mismatch.isEmpty else { throw EvaluatorError.mismatch(file.path, network, mismatch) }
    let view = RenamedTensors(
      file, map, weights: parameters.map { ($0.name, shapeInFile($0)) })
    let broken = Set(try WeightHealth(of: view).notFinite.map { map.place(of: $0).name }).sorted()
    guard broken.isEmpty else { throw EvaluatorError.notFinite(file.path, broken) }
    var tensors = try view.tensors()
    for name in transposed { tensors[name] = tensors[name]?.transposed([1, 0]) }
    return tensors
  }

  private func shapeInFile(_ parameter: Parameter) -> [Int] {
    transposed.contains(parameter.name) ? parameter.shape.reversed() : parameter.shape
  }
}

extension ParameterStore {
  /// SHA-256 of names, shapes and values of all weights as 32-bit floats: the same whichever kind of
  /// file they came from.
  package func contentHash() -> String {
    let parameters = parameters.sorted { $0.name < $1.name }
    let digests = UnsafeMutableBufferPointer<String>.allocate(capacity: parameters.count)
    digests.initialize(repeating: "")
    defer { digests.deinitialize().deallocate() }
    parallelFor(parameters.count) { i in
      var hash = SHA256()
      parameters[i].value.withUnsafeBufferPointer { values in
        let bytes = UnsafeRawBufferPointer(values)
        for start in stride(from: 0, to: bytes.count, by: Self.hashedAtOnce) {
          let piece = start..<min(start + Self.hashedAtOnce, bytes.count)
          hash.update(UnsafeRawBufferPointer(rebasing: bytes[piece]))
        }
      }
      digests[i] = hash.hexadecimal()
    }
    let lines = zip(digests, parameters).map { "\($0) \($1.name) \($1.shape)\n" }
    return SHA256.hexadecimal(of: lines.joined().utf8)
  }

  private static let hashedAtOnce = 1 << 20  // bytes
}
