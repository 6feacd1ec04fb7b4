import Autograd
import Models
import Tensors

/// Latents to pictures, or pictures to the moments of their latents.
struct AutoencoderWork: Work {
  private let component: Component<Autoencoder>
  private let sample: Tensor
  private let decodes: Bool
  private let precision: ProductPrecision

  init(_ options: WorkOptions, decodes: Bool) throws {
    let component = try ModelFolder(at: options.required(\.model, "--model")).autoencoder(.raw)
    let sizes = component.network.configuration
    let channels = decodes ? sizes.latentChannels : sizes.inChannels
    self.init(
      component,
      sample: try options.readInputs().tensor("sample", [nil, channels, nil, nil]).channelsLast,
      decodes: decodes, precision: options.precision)
  }

  init(
    _ component: Component<Autoencoder>, sample: Tensor, decodes: Bool, precision: WorkPrecision
  ) {
    self.component = component
    self.sample = sample
    self.decodes = decodes
    self.precision = precision.products
  }

  func run(_ name: String) -> () throws -> [String: Tensor] {
    let network = component.network
    if decodes {
      let pictures = evaluate { network.decode(Variable(sample)) }
      return { ["sample": pictures.channelsFirst] }
    }
    let moments = evaluate { network.moments(of: Variable(sample)) }
    return { ["moments": moments.channelsFirst] }
  }

  private func evaluate(_ body: () -> Variable) -> Tensor {
    withoutGradients { withProducts(of: precision) { body().value } }
  }
}
