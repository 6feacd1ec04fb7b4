import Autograd
import Support
import Tensors

/// InceptionV3 as the Fréchet Inception distance uses it: the features before its classifier.
///
/// It is not torchvision's network: its weights are those of TensorFlow's 2015 release, averages
/// leave out what lies outside the picture, and the last block takes maxima.
///
/// - Source: Szegedy et al., arXiv:1512.00567; `fid_inception_v3` in pytorch-fid's inception.py.
public struct InceptionV3: Sendable {
  /// Features of one picture.
  public static let dimension = 2048
  /// Height and width of the pictures it takes.
  public static let pictureSize = 299

  private let stem: [InceptionBranch]
  private let blocks: [InceptionBlock]

  package init(_ scope: ParameterScope) {
    func unit(
      _ name: String, _ input: Int, _ output: Int, _ size: Int, stride: Int = 1,
      isPadded: Bool = false
    ) -> InceptionUnit {
      InceptionUnit(
        scope / name, input, output, kernel: (size, size), stride: stride, isPadded: isPadded)
    }
    stem = [
      InceptionBranch(chain: [
        unit("Conv2d_1a_3x3", 3, 32, 3, stride: 2), unit("Conv2d_2a_3x3", 32, 32, 3),
        unit("Conv2d_2b_3x3", 32, 64, 3, isPadded: true),
      ]),
      InceptionBranch(
        pooling: .reduction,
        chain: [unit("Conv2d_3b_1x1", 64, 80, 1), unit("Conv2d_4a_3x3", 80, 192, 3)]),
      InceptionBranch(pooling: .reduction),
    ]
    blocks = [
      .fine(scope / "Mixed_5b", 192, pooled: 32),
      .fine(scope / "Mixed_5c", 256, pooled: 64),
      .fine(scope / "Mixed_5d", 288, pooled: 64),
      .fineToMiddle(scope / "Mixed_6a", 288),
      .middle(scope / "Mixed_6b", 768, inner: 128),
      .middle(scope / "Mixed_6c", 768, inner: 160),
      .middle(scope / "Mixed_6d", 768, inner: 160),
      .middle(scope / "Mixed_6e", 768, inner: 192),
      .middleToCoarse(scope / "Mixed_7a", 768),
      .coarse(scope / "Mixed_7b", 1280, pooling: .average),
      .coarse(scope / "Mixed_7c", 2048, pooling: .maximum),
    ]
  }

  /// - Parameter picture: values in [−1, 1], `[1, 299, 299, 3]`.
  /// - Returns: the means of the last block's channels, `[1, 2048]`.
  public func callAsFunction(_ picture: Tensor) -> Tensor {
    check(picture.rank == 4 && picture.shape[0] == 1, "InceptionV3 of \(picture.shape)")
    let h = blocks.reduce(stem.reduce(picture) { $1($0) }) { $1($0) }
    let pixels = h.reshaped([-1, Self.dimension])
    return (pixels.sumOfRows() * (1 / Float(pixels.shape[0]))).reshaped([1, -1])
  }
}

extension InceptionV3 {
  /// What a file of weights turned out to hold.
  public enum Origin: Sendable, Equatable {
    /// Weights as pytorch-fid's: no classifier, or one of 1008 classes.
    case fid
    /// A classifier of another size, or a second one: torchvision's ImageNet weights, whose distances
    /// are on another scale.
    case other
  }

  /// The network with the weights of a state dict under torchvision's names. The classifier and
  /// `num_batches_tracked` are passed over; anything else that is not a weight of it is an error.
  ///
  /// - Throws: ``EvaluatorError/mismatch(_:_:_:)``, ``EvaluatorError/notFinite(_:_:)``.
  package static func load(
    _ file: any TensorFile
  ) throws -> (component: Component<InceptionV3>, origin: Origin) {
    let component = Component<InceptionV3> { InceptionV3($0) }
    let skipped = { (name: String) in
      name.hasSuffix(".bn.num_batches_tracked") || name == "fc.weight" || name == "fc.bias"
        || name.hasPrefix("AuxLogits.")
    }
    let weights = EvaluatorWeights(file, of: "InceptionV3", isSkipped: skipped)
    try component.parameters.load(weights.checked(for: component.parameters.parameters))
    let classes = file.layouts["fc.weight"]?.shape.first ?? fidClasses
    let isPlain = file.layouts.keys.allSatisfy { !$0.hasPrefix("AuxLogits.") }
    return (component, classes == fidClasses && isPlain ? .fid : .other)
  }

  private static let fidClasses = 1008
}
