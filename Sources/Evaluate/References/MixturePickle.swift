import Tensors

extension GaussianMixture {
  /// Reads the pickle of a scikit-learn `GaussianMixture`, such as the official evaluation's,
  /// running nothing of it. Covariances of every type become full.
  ///
  /// - Throws: `FileError`, `PickleError`, `GaussianMixtureError`.
  /// - Source: scikit-learn, `mixture/_gaussian_mixture.py` (attributes); NumPy,
  ///   `_core/multiarray.py` and `_core/numeric.py` (how arrays are pickled).
  public init(pickle path: String) throws {
    func refused(_ reason: String) -> GaussianMixtureError {
      .notMixture(file: path, reason: reason)
    }
    let root = try Pickle(contentsOf: path).root
    guard let object = root.object, let state = object.state, Self.isMixture(object) else {
      throw refused("the pickle is \(root.kind), expected scikit-learn's GaussianMixture")
    }
    func array(_ name: String) throws -> PickledArray {
      guard let value = state[name] else {
        throw refused("it has no \(name): has it been fitted?")
      }
      do {
        return try PickledArray(value)
      } catch {
        throw refused("\(name): \(error)")
      }
    }
    let weights = try array("weights_")
    let means = try array("means_")
    guard weights.shape.count == 1, means.shape.count == 2, means.shape[0] == weights.shape[0],
      means.shape[1] > 0
    else {
      throw refused("weights \(weights.shape) and means \(means.shape) do not fit together")
    }
    let type = state["covariance_type"]?.string ?? "full"
    let stored = try array("covariances_")
    guard
      let covariances = stored.covariances(
        type, count: means.shape[0], dimension: means.shape[1])
    else {
      throw refused(
        "covariances of type '\(type)' and shape \(stored.shape) do not fit means \(means.shape)")
    }
    try self.init(
      weights: weights.values,
      means: Matrix(rows: means.shape[0], columns: means.shape[1], values: means.values),
      covariances: covariances)
  }

  private static func isMixture(_ object: PickleObject) -> Bool {
    // Newer protocols call the class, older ones `copyreg._reconstructor(class, object, None)`.
    let classes = [object.callable] + object.arguments.prefix(1)
    return classes.contains { value in
      guard let name = value.global else { return false }
      return name.name == "GaussianMixture" && name.module.hasPrefix("sklearn.mixture")
    }
  }
}

extension PickledArray {
  /// Full covariances of what scikit-learn stores for a type; nil if the shape isn't that type's.
  fileprivate func covariances(_ type: String, count: Int, dimension: Int) -> [Matrix]? {
    let size = dimension * dimension
    func diagonal(_ value: (Int) -> Double) -> Matrix {
      var matrix = Matrix(zeros: dimension, dimension)
      for i in 0..<dimension { matrix[i, i] = value(i) }
      return matrix
    }
    func full(_ part: ArraySlice<Double>) -> Matrix {
      Matrix(rows: dimension, columns: dimension, values: Array(part))
    }
    switch (type, shape) {
    case ("full", [count, dimension, dimension]):
      return (0..<count).map { full(values[$0 * size..<($0 + 1) * size]) }
    case ("tied", [dimension, dimension]):
      return [Matrix](repeating: full(values[...]), count: count)
    case ("diag", [count, dimension]):
      return (0..<count).map { k in diagonal { values[k * dimension + $0] } }
    case ("spherical", [count]):
      return (0..<count).map { k in diagonal { _ in values[k] } }
    default: return nil
    }
  }
}
