import Support
import Tensors
import Testing

/// How far a tensor is from the expected one, by the project's measure of error.
public struct Deviation: CustomStringConvertible {
  /// max|a − b| / max|b|; max|a| where b is zero throughout; infinite where the shapes differ or
  /// a number is NaN.
  public let error: Double
  public let description: String

  public init(_ found: Tensor, from expected: Tensor) {
    guard found.shape == expected.shape else {
      error = .infinity
      description = "shape \(found.shape), expected \(expected.shape)"
      return
    }
    let (a, b) = (found.values, expected.values)
    let differences = zip(a, b).map { x, y in
      x.isNaN || y.isNaN ? Double.infinity : abs(Double(x) - Double(y))
    }
    let worst = differences.indices.max { differences[$0] < differences[$1] } ?? 0
    let size = b.map { Double(abs($0)) }.max() ?? 0
    error = (differences.max() ?? 0) / (size > 0 ? size : 1)
    let place = Self.position(of: worst, in: found.shape)
    let pair = a.isEmpty ? "" : ", found \(a[worst]), expected \(b[worst])"
    description = "error \(error), worst at \(place)\(pair)"
  }

  /// The indices of the element at an offset in row-major order.
  private static func position(of offset: Int, in shape: [Int]) -> [Int] {
    var rest = offset
    return shape.reversed().map { size in
      defer { rest /= max(size, 1) }
      return rest % max(size, 1)
    }.reversed()
  }
}

/// Expects max|a − b| / max|b| below the tolerance; says which tensor, how far and where.
public func expectClose(
  _ found: Tensor, _ expected: Tensor, _ tolerance: Double, _ name: String = "tensor",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let deviation = Deviation(found, from: expected)
  #expect(deviation.error < tolerance, "\(name): \(deviation)", sourceLocation: sourceLocation)
}

/// How far gradients are from central differences of `Σ dy · f(inputs)`, relative to the largest
/// gradient of the same input.
///
/// At most 48 elements of an input are moved, evenly spread, and all of them at once in a random
/// direction, so that no element goes unseen.
public func gradientError(
  of function: ([Tensor]) -> Tensor, at inputs: [Tensor], gradients: [Tensor], dy: Tensor,
  step: Float = 1e-2
) -> Double {
  func loss(_ moved: Tensor, at i: Int) -> Double {
    var all = inputs
    all[i] = moved
    return zip(function(all).values, dy.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  func slope(along direction: [Float], at i: Int) -> Double {
    let x = inputs[i].values
    let ahead = zip(x, direction).map { $0 + step * $1 }
    let behind = zip(x, direction).map { $0 - step * $1 }
    let difference =
      loss(Tensor(inputs[i].shape, ahead), at: i) - loss(Tensor(inputs[i].shape, behind), at: i)
    return difference / (2 * Double(step))
  }
  return inputs.indices.map { i in
    let gradient = gradients[i].values
    let size = max(gradient.map { Double(abs($0)) }.max() ?? 0, 1e-6)
    let spread = Swift.stride(from: 0, to: gradient.count, by: (gradient.count + 47) / 48)
    let single = spread.map { k in
      var direction = [Float](repeating: 0, count: gradient.count)
      direction[k] = 1
      return abs(slope(along: direction, at: i) - Double(gradient[k]))
    }
    var random = RandomStream(seed: 0, purpose: "central differences", index: UInt64(i))
    let scale = Float(gradient.count).squareRoot()
    let direction = random.normals(gradient.count).map { $0 / scale }
    let expected = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    let all = abs(slope(along: direction, at: i) - expected)
    return max(single.max() ?? 0, all) / size
  }.max() ?? 0
}

/// Runs `body` with each of these numbers of threads, which share processors where there are fewer.
public func onThreads<Result>(
  _ counts: [Int], _ body: (Int) throws -> Result
) rethrows -> [Result] {
  let (before, shared) = (threadCount, threadsShareProcessors)
  defer { (threadCount, threadsShareProcessors) = (before, shared) }
  threadsShareProcessors = true
  return try counts.map { count in
    threadCount = count
    return try body(count)
  }
}

/// Results have the same bytes on one thread, on two and on five.
public func expectSameOnAnyThreads<Result: Equatable>(
  _ comment: @autoclosure () -> Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ compute: () -> Result
) {
  let results = onThreads([1, 2, 5]) { _ in compute() }
  #expect(
    results[0] == results[1] && results[0] == results[2], comment(), sourceLocation: sourceLocation)
}
