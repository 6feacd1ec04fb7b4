import Support

/// Zero pixels added around a picture.
public struct Padding: Sendable, Equatable {
  public var top: Int, left: Int, bottom: Int, right: Int

  public init(top: Int, left: Int, bottom: Int, right: Int) {
    (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
  }

  /// The same on every side.
  public init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }
}

/// A 2-d convolution's geometry, its three products, and by which algorithm they are computed.
///
/// - Source: torch.nn.functional.conv2d (a cross-correlation, as everywhere in this field).
package struct Convolution {
  let batch: Int, height: Int, width: Int, input: Int
  let output: Int, kernelHeight: Int, kernelWidth: Int
  let stride: Int, padding: Padding
  let outputHeight: Int, outputWidth: Int

  package enum Algorithm: Sendable, CaseIterable {
    /// A kernel of one pixel: a linear map of the channels.
    case pointwise
    /// 3×3 with stride 1: a quarter of the products (ConvolutionWinograd.swift).
    case winograd
    /// Everything: windows written as rows of a matrix (ConvolutionUnfolded.swift).
    case unfolded
  }
  private let requested: Algorithm?

  /// - Shape: `x [N, H, W, C]`, `weight [O, C, kh, kw]`.
  /// - Parameter algorithm: nil for the fastest.
  package init(
    _ x: [Int], _ weight: [Int], stride: Int, padding: Padding, algorithm: Algorithm? = nil
  ) {
    check(
      x.count == 4 && weight.count == 4 && x[3] == weight[1],
      "convolution of \(x) with weight \(weight)")
    (batch, height, width, input) = (x[0], x[1], x[2], x[3])
    (output, kernelHeight, kernelWidth) = (weight[0], weight[2], weight[3])
    (self.stride, self.padding) = (stride, padding)
    outputHeight = (height + padding.top + padding.bottom - kernelHeight) / stride + 1
    outputWidth = (width + padding.left + padding.right - kernelWidth) / stride + 1
    check(
      outputHeight > 0 && outputWidth > 0, "convolution of \(x): kernel larger than the picture")
    requested = algorithm
  }

  package var outputShape: [Int] { [batch, outputHeight, outputWidth, output] }
  var inputShape: [Int] { [batch, height, width, input] }

  /// The convolution; `bias [O]`. `packed` as for ``Tensor/linear(_:_:packed:)``.
  ///
  /// - Parameter precision: of the factors, where it is in effect: in Winograd's domain.
  package func forward(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, packed: PackedMatrix? = nil,
    _ precision: ProductPrecision = .fp32
  ) -> Tensor {
    switch algorithm {
    case .pointwise:
      x.linear(weight.reshaped([output, input]), bias, packed: packed, precision)
        .reshaped(outputShape)
    case .winograd: winograd(x, weight, bias, Self.ofPairs(precision))
    case .unfolded: unfolded(x, weight, bias)
    }
  }

  /// The gradient with respect to the input.
  ///
  /// - Parameter precision: of the factors, where it is in effect.
  package func inputGradient(
    _ weight: Tensor, _ dy: Tensor, _ precision: ProductPrecision = .fp32
  ) -> Tensor {
    switch algorithm {
    case .pointwise:
      dy.reshaped([-1, output])
        .linearInputGradient(weight.reshaped([output, input]), precision).reshaped(inputShape)
    case .winograd: winogradInputGradient(weight, dy, Self.ofPairs(precision))
    case .unfolded: unfoldedInputGradient(weight, dy)
    }
  }

  /// The gradient with respect to the weight, `[O, C, kh, kw]`.
  ///
  /// - Parameter precision: of the factors, where it is in effect; of Winograd's, fp32 always.
  package func weightGradient(
    _ x: Tensor, _ dy: Tensor, _ precision: ProductPrecision = .fp32
  ) -> Tensor {
    switch algorithm {
    case .pointwise:
      dy.reshaped([-1, output]).linearWeightGradient(x.reshaped([-1, input]), precision)
        .reshaped([output, input, 1, 1])
    case .winograd: winogradWeightGradient(x, dy)
    case .unfolded: unfoldedWeightGradient(x, dy)
    }
  }

  /// What Winograd's products are computed in, when asked for this.
  private static func ofPairs(_ precision: ProductPrecision) -> ProductPrecision {
    bfloatKernels == nil ? .fp32 : precision.inEffect
  }

  package var algorithm: Algorithm { requested ?? fastest }

  /// Whether it is a linear map of each pixel's channels.
  package var isPointwise: Bool {
    (kernelHeight, kernelWidth, stride) == (1, 1, 1) && padding == Padding(0)
  }

  private var fastest: Algorithm {
    let sides = [padding.top, padding.left, padding.bottom, padding.right]
    switch (kernelHeight, kernelWidth, stride) {
    case _ where isPointwise: return .pointwise
    case (3, 3, 1) where sides.allSatisfy({ 0...2 ~= $0 }) && winogradPays: return .winograd
    default: return .unfolded
    }
  }
}
