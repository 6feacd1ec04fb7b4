import Foundation
import Tensors

extension Micro {
  /// What memory limits: norms, activations, softmax and the optimiser; plain: one loop in Swift.
  static var rows: [Micro] { norms + activations + [softmax, adamW] }

  private static var norms: [Micro] {
    [(2, 64, 320), (2, 32, 640), (1, 512, 128)].map { batch, side, channels in
      let name = "norm groups of \(batch) x \(side)² x \(channels) with SiLU"
      let bytes = 3 * 4 * Double(batch * side * side * channels)
      return Micro(name: name, amount: .bytes(bytes)) {
        let x = random([batch, side, side, channels])
        let (gamma, beta) = (random([channels]), random([channels]))
        return (
          { _ = x.groupNorm(groups: 32, gamma, beta, epsilon: 1e-5, silu: true) },
          { _ = plainGroupNorm(x, groups: 32, gamma.values, beta.values) }
        )
      }
    }
  }

  private static var activations: [Micro] {
    let shape = [8192, 2560]
    let elements = Double(shape[0] * shape[1])
    return [
      Micro(name: "activation GEGLU 8192 x 2560", amount: .bytes(1.5 * 4 * elements)) {
        let x = random(shape)
        return ({ _ = x.geglu() }, { _ = plainGEGLU(x) })
      },
      Micro(name: "activation SiLU 8192 x 2560", amount: .bytes(2 * 4 * elements)) {
        let x = random(shape)
        return ({ _ = x.silu() }, { _ = plainMap(x) { $0 / (1 + exp(-$0)) } })
      },
    ]
  }

  private static var softmax: Micro {
    Micro(name: "softmax 8192 x 1024", amount: .bytes(2 * 4 * 8192 * 1024)) {
      let x = random([8192, 1024])
      return ({ _ = x.softmax() }, { _ = plainSoftmax(x) })
    }
  }

  private static var adamW: Micro {
    let count = 16 << 20
    return Micro(name: "adamw 16 M", amount: .bytes(7 * 4 * Double(count))) {
      let gradient = random([count])
      let state = OptimizerState(weight: random([count]))
      return ({ state.step(gradient) }, { state.plainStep(gradient) })
    }
  }

  private static func plainMap(_ x: Tensor, _ body: (Float) -> Float) -> Tensor {
    Tensor(x.shape) { y in for i in 0..<x.count { y[i] = body(x.pointer[i]) } }
  }

  private static func plainGEGLU(_ x: Tensor) -> Tensor {
    let half = x.shape[1] / 2
    return Tensor([x.shape[0], half]) { y in
      for row in 0..<x.shape[0] {
        for i in 0..<half {
          let (value, gate) = (x.pointer[2 * row * half + i], x.pointer[(2 * row + 1) * half + i])
          y[row * half + i] = value * gate * 0.5 * (1 + erf(gate * Float(0.5).squareRoot()))
        }
      }
    }
  }

  private static func plainSoftmax(_ x: Tensor) -> Tensor {
    let columns = x.shape[1]
    return Tensor(x.shape) { y in
      for row in 0..<x.shape[0] {
        let line = UnsafeBufferPointer(start: x.pointer + row * columns, count: columns)
        let top = line.max() ?? 0
        let sum = line.reduce(Float(0)) { $0 + exp($1 - top) }
        for i in 0..<columns { y[row * columns + i] = exp(line[i] - top) / sum }
      }
    }
  }

  private static func plainGroupNorm(
    _ x: Tensor, groups: Int, _ gamma: [Float], _ beta: [Float]
  ) -> Tensor {
    let (pixels, channels) = (x.shape[1] * x.shape[2], x.shape[3])
    let width = channels / groups
    return Tensor(x.shape) { y in
      for n in 0..<x.shape[0] {
        for group in 0..<groups {
          var (sum, squares) = (0.0, 0.0)
          let places = (0..<pixels).lazy.map { (n * pixels + $0) * channels + group * width }
          for place in places {
            for i in place..<place + width {
              sum += Double(x.pointer[i])
              squares += Double(x.pointer[i]) * Double(x.pointer[i])
            }
          }
          let mean = sum / Double(pixels * width)
          let deviation = (squares / Double(pixels * width) - mean * mean + 1e-5).squareRoot()
          for place in places {
            for i in 0..<width {
              let normal = Float((Double(x.pointer[place + i]) - mean) / deviation)
              let value = normal * gamma[group * width + i] + beta[group * width + i]
              y[place + i] = value / (1 + exp(-value))
            }
          }
        }
      }
    }
  }
}

/// A weight with its moments, changed by either version of the step.
private final class OptimizerState {
  private var weight: Tensor
  private var first: Tensor
  private var second: Tensor
  private let step = AdamWStep(
    learningRate: 1e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01,
    correction1: 0.1, correction2: 0.001, gradientScale: 1)

  init(weight: Tensor) {
    self.weight = weight
    first = Tensor(zeros: weight.shape)
    second = first.copied()
  }

  func step(_ gradient: Tensor) {
    weight.withUnsafeMutableBufferPointer {
      step.apply(to: $0, &first, &second, gradient: gradient)
    }
  }

  func plainStep(_ gradient: Tensor) {
    let count = weight.count
    weight.withUnsafeMutableBufferPointer { w in
      first.withUnsafeMutableBufferPointer { m in
        second.withUnsafeMutableBufferPointer { v in
          for i in 0..<count {
            let g = gradient.pointer[i]
            m[i] = step.beta1 * m[i] + (1 - step.beta1) * g
            v[i] = step.beta2 * v[i] + (1 - step.beta2) * g * g
            let change =
              (m[i] / step.correction1) / ((v[i] / step.correction2).squareRoot() + step.epsilon)
            w[i] -= step.learningRate * (change + step.weightDecay * w[i])
          }
        }
      }
    }
  }
}
