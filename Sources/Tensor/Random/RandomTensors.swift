extension Tensor {
  /// Independent standard normal elements.
  public init(normal shape: [Int], using random: inout RandomStream) {
    self.init(shape, random.normals(shape.reduce(1, *)))
  }

  /// Independent elements, uniform in [low, high).
  public init(uniform shape: [Int], _ low: Float, _ high: Float, using random: inout RandomStream) {
    self.init(uninitialized: shape)
    for i in 0..<count { storage.pointer[i] = random.uniform(low, high) }
  }
}
