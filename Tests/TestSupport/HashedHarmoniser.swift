import Autograd
import Models
import Tensors

extension Hashed {
  /// Weights as `load_hashed` in Tests/Golden/harmonisation.py.
  public static func harmoniser(_ sizes: HarmoniserConfiguration) -> Component<Harmoniser> {
    let component = Component<Harmoniser> { Harmoniser($0, sizes) }
    for parameter in component.parameters.parameters {
      let numbers = values(parameter.name, parameter.count)
      let (middle, spread): (Float, Float)
      switch parameter.name.split(separator: ".").last {
      case _ where parameter.name.hasSuffix("mask_blurring.weight"): continue
      case "running_var": (middle, spread) = (1, 0.3)
      case let kind where parameter.shape.count == 1:
        (middle, spread) = (kind == "weight" ? 1 : 0, 0.2)
      default:
        let fan = Float(parameter.count / parameter.shape[0])
        (middle, spread) = (0, Float(3 / fan).squareRoot())
      }
      parameter.value = Tensor(parameter.shape, numbers.map { middle + spread * $0 })
    }
    return component
  }
}
