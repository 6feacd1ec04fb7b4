import Tensors

/// Starting noise from a file, for each of several seeds.
struct StartingNoise {
  private let rows: Tensor

  /// - Parameter shape: of the network's latents, `[1, h, w, C]`.
  /// - Throws: ``EditError``, `SafetensorsError`.
  init(file: String, count: Int, shape: [Int]) throws {
    rows = try Safetensors(file).tensor("latents")
    guard rows.rank == 4, Array(rows.shape.dropFirst()) == [shape[3], shape[1], shape[2]] else {
      throw EditError.noiseShape(
        file, found: rows.shape, expected: [count, shape[3], shape[1], shape[2]])
    }
    guard rows.shape[0] == count || rows.shape[0] == 1 else {
      throw EditError.noiseCount(file, found: rows.shape[0], expected: count)
    }
    guard rows.values.allSatisfy(\.isFinite) else { throw EditError.noiseNotFinite(file) }
  }

  /// `[1, C, h, w]`.
  subscript(index: Int) -> Tensor {
    let row = rows.shape[0] == 1 ? 0 : index
    return rows.slice(row..<row + 1, axis: 0)
  }
}
