import Autograd
import Models
import Pictures
import Tensors

/// Numbers that depend on a name and an index alone: networks of any size without files.
///
/// - Source: `hashes` and `hashed` in Tests/Golden/layout.py make the same.
public enum Hashed {
  /// 32 mixed bits an index.
  public static func bits(_ name: String, _ count: Int) -> [UInt32] {
    var key: UInt32 = 0x811C_9DC5
    for byte in name.utf8 { key = (key ^ UInt32(byte)) &* 0x0100_0193 }
    return (0..<count).map { index in
      var x = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9 &+ key
      x = (x ^ (x &>> 16)) &* 0x21F0_AAAD
      x = (x ^ (x &>> 15)) &* 0x735A_2D97
      return x ^ (x &>> 15)
    }
  }

  /// Floats in [−1, 1).
  public static func values(_ name: String, _ count: Int) -> [Float] {
    bits(name, count).map { Float($0 >> 8) / Float(1 << 23) - 1 }
  }

  /// Slopes and noise, as `picture` in Tests/Golden/encoders.py.
  public static func picture(_ name: String, width: Int, height: Int) -> Image {
    let noise = bits("picture \(name)", width * height * 3)
    let pixels = noise.enumerated().map { i, bits in
      let (pixel, c) = i.quotientAndRemainder(dividingBy: 3)
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      let slope = 192 * (x * (c + 1) + y * (3 - c)) / (3 * (width + height))
      return UInt8(slope + Int(bits >> 26))
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  /// InceptionV3's weights, as `load_hashed_weights` in Tests/Golden/inception.py, in a file that
  /// isn't there.
  public static func inception() -> TensorsInMemory {
    let parameters = Component<InceptionV3> { InceptionV3($0) }.parameters.parameters
    var tensors: [String: Tensor] = [:]
    for parameter in parameters {
      let numbers = values(parameter.name, parameter.count)
      let (middle, spread) = range(parameter)
      tensors[parameter.name] = Tensor(parameter.shape, numbers.map { middle + spread * $0 })
    }
    return TensorsInMemory(tensors)
  }

  private static func range(_ parameter: Parameter) -> (middle: Float, spread: Float) {
    switch parameter.name.split(separator: ".").suffix(2).joined(separator: ".") {
    case "bn.weight": (1, 0.2)
    case "bn.bias": (0, 0.1)
    case "bn.running_mean": (0, 0.2)
    case "bn.running_var": (1, 0.3)
    default: (0, Float((6 / Double(parameter.count / parameter.shape[0])).squareRoot()))
    }
  }
}

/// Tensors that pass for a file.
public struct TensorsInMemory: TensorFile {
  public let path = "memory"
  public var tensors: [String: Tensor]

  public init(_ tensors: [String: Tensor]) { self.tensors = tensors }

  public var layouts: [String: TensorLayout] {
    tensors.mapValues { TensorLayout(.float32, $0.shape) }
  }

  public func reader(of name: String) throws -> @Sendable () -> Tensor {
    let tensor = try tensor(of: name)
    return { tensor }
  }

  public func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try tensor(of: name).withUnsafeBufferPointer { try body(UnsafeRawBufferPointer($0)) }
  }

  private func tensor(of name: String) throws -> Tensor {
    guard let tensor = tensors[name] else { throw SafetensorsError.noTensor(path, name, []) }
    return tensor
  }
}
