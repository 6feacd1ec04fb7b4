import PaintByExample

/// A network of one's own: does a picture show a disc or a square?
struct ShapeNet: Sendable {
  let first: Conv2d
  let second: Conv2d
  let output: Linear

  init(_ scope: ParameterScope) {
    first = Conv2d(scope / "first", 1, 8, kernel: 3, stride: 2)
    second = Conv2d(scope / "second", 8, 16, kernel: 3, stride: 2)
    output = Linear(scope / "output", 16 * 4 * 4, 2)
  }

  /// - Shape: `[N, 16, 16, 1]` → `[N, 2]`.
  func callAsFunction(_ pictures: Variable) -> Variable {
    let features = second(first(pictures).silu()).silu()
    return output(features.reshaped([pictures.shape[0], -1]))
  }
}

/// Trains ``ShapeNet`` for some steps.
///
/// - Returns: the share of new pictures that it names rightly.
func trainASmallNet(steps: Int) -> Double {
  let net = Component(seed: 1) { ShapeNet($0) }
  var optimizer = AdamW(net.parameters.parameters, weightDecay: 0)
  var random = RandomStream(seed: 1, purpose: "shapes")
  for _ in 0..<steps {
    let (pictures, labels) = drawShapes(32, using: &random)
    let loss = net.network(Variable(pictures)).crossEntropy(labels)
    let gradients = loss.gradients()
    optimizer.step(optimizer.parameters.map { gradients[$0] }, learningRate: 0.01)
  }
  let (pictures, labels) = drawShapes(200, using: &random)
  let scores = withoutGradients { net.network(Variable(pictures)).value }.values
  let right = labels.indices.count { (scores[2 * $0 + 1] > scores[2 * $0]) == (labels[$0] == 1) }
  return Double(right) / Double(labels.count)
}

/// Discs (0) and squares (1) of many sizes on 16×16 pixels.
private func drawShapes(
  _ count: Int, using random: inout RandomStream
) -> (pictures: Tensor, labels: [Int]) {
  var (values, labels) = ([Float](), [Int]())
  for _ in 0..<count {
    let label = random.integer(0...1)
    let (x, y, radius) = (random.uniform(6, 10), random.uniform(6, 10), random.uniform(3, 6))
    for pixel in 0..<256 {
      let (dx, dy) = (abs(Float(pixel % 16) - x), abs(Float(pixel / 16) - y))
      let isInside = label == 0 ? dx * dx + dy * dy < radius * radius : max(dx, dy) < radius
      values.append(isInside ? 1 : 0)
    }
    labels.append(label)
  }
  return (Tensor([count, 16, 16, 1], values), labels)
}
