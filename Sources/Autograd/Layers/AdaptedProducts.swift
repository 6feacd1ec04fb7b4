import Tensors

/// What is added to the products of a weight that has an adapter.
extension LowRankAdapter {
  func linear(_ x: Variable) -> Variable {
    x.linear(a.variable, nil).linear(b.variable, nil)
  }

  func convolution(_ x: Variable, stride: Int, padding: Padding) -> Variable {
    x.conv2d(a.variable, nil, stride: stride, padding: padding).conv2d(b.variable, nil)
  }
}
