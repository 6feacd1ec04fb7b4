import Autograd
import Models
import Tensors

/// A reference picture through CLIP's vision tower: its normalised class token.
struct ImageEncoderWork: Work {
  private let component: Component<ImageEncoder>
  private let pixels: Tensor
  private let precision: ProductPrecision

  init(_ options: WorkOptions) throws {
    let component = try ModelFolder(at: options.required(\.model, "--model")).imageEncoder(.raw)
    let side = component.network.configuration.imageSize
    self.init(
      component,
      pixels: try options.readInputs().tensor("pixel_values", [nil, 3, side, side]).channelsLast,
      precision: options.precision)
  }

  init(_ component: Component<ImageEncoder>, pixels: Tensor, precision: WorkPrecision) {
    self.component = component
    self.pixels = pixels
    self.precision = precision.products
  }

  func run(_ name: String) -> () throws -> [String: Tensor] {
    let features = withoutGradients {
      withProducts(of: precision) { component.network.features(Variable(pixels)).value }
    }
    return { ["features": features] }
  }
}
