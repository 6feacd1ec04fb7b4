import Foundation
import Tensors

/// A network's weights under our names, in our shapes: a view of a file that holds them otherwise.
///
/// Rows of stacked weights are taken when they are read, 1×1 convolutions are linear layers and the
/// reverse; the bytes are the file's own.
package struct RenamedTensors: TensorFile {
  private let file: any TensorFile
  private let places: [String: WeightPlace]
  package let layouts: [String: TensorLayout]
  /// Our names of the weights whose shape differs in the file, though not by a rule of its format.
  package let reshaped: [String]

  package var path: String { file.path }

  /// - Parameter weights: our names and shapes. Those that the file lacks, or has in shapes that
  ///   don't fit, are not part of the view.
  package init(
    _ file: any TensorFile, _ map: NameMap, weights: [(name: String, shape: [Int])]
  ) {
    let found = file.layouts
    var places: [String: WeightPlace] = [:]
    var layouts: [String: TensorLayout] = [:]
    var reshaped: [String] = []
    for (name, shape) in weights {
      let place = map.place(of: name)
      let expected = place.shape(for: shape)
      guard let layout = found[place.name], Self.means(layout.shape, expected) else { continue }
      if layout.shape != expected { reshaped.append(name) }
      places[name] = place
      layouts[name] = TensorLayout(layout.type, shape)
    }
    (self.file, self.places, self.layouts, self.reshaped) = (file, places, layouts, reshaped)
  }

  /// Whether two shapes are the same but for the sides of a 1×1 convolution.
  package static func means(_ found: [Int], _ expected: [Int]) -> Bool {
    found == expected || found + [1, 1] == expected || found == expected + [1, 1]
  }

  package func reader(of name: String) throws -> @Sendable () -> Tensor {
    let (place, layout) = try entry(name)
    let read = try file.reader(of: place.name)
    guard let part = place.part else {
      return { read().reshaped(layout.shape) }
    }
    let rows = layout.shape[0]
    return {
      let stack = read()
      let own = stack.slice(part.index * rows..<(part.index + 1) * rows, axis: 0)
      stack.releasePages()
      return own.reshaped(layout.shape)
    }
  }

  package func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let (place, _) = try entry(name)
    return try file.withBytes(of: place.name) { bytes in
      guard let part = place.part else { return try body(bytes) }
      let size = bytes.count / part.count
      return try body(.init(rebasing: bytes[part.index * size..<(part.index + 1) * size]))
    }
  }

  package func releasePages(of name: String) {
    if let place = places[name] { file.releasePages(of: place.name) }
  }

  private func entry(_ name: String) throws -> (WeightPlace, TensorLayout) {
    guard let place = places[name], let layout = layouts[name] else {
      throw SafetensorsError.noTensor(path, name, names)
    }
    return (place, layout)
  }
}
