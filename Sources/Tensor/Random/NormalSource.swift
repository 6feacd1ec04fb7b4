/// Where standard normal numbers come from: ``RandomStream``, or ``TorchGenerator`` for PyTorch's.
public protocol NormalSource {
  /// Independent standard normal elements, drawn in row-major order.
  mutating func normal(_ shape: [Int]) -> Tensor
}

extension RandomStream: NormalSource {
  public mutating func normal(_ shape: [Int]) -> Tensor { Tensor(normal: shape, using: &self) }
}
