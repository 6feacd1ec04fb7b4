import Autograd
import Models
import Tensors

/// Latents to pictures, or pictures to the moments of their latents.
struct AutoencoderWork: Work {
  private let component: Component<Autoencoder>
  private let sample: Tensor
  private let decodes: Bool

  init(_ options: WorkOptions, decodes: Bool) throws {
    component = try ModelFolder(at: options.required(\.model, "--model")).autoencoder(.raw)
    let sizes = component.network.configuration
    let channels = decodes ? sizes.latentChannels : sizes.inChannels
    sample = try options.readInputs().tensor("sample", [nil, channels, nil, nil]).channelsLast
    self.decodes = decodes
  }

  func run(_ name: String) -> () throws -> [String: Tensor] {
    let network = component.network
    if decodes {
      let pictures = withoutGradients { network.decode(Variable(sample)).value }
      return { ["sample": pictures.channelsFirst] }
    }
    let moments = withoutGradients { network.moments(of: Variable(sample)).value }
    return { ["moments": moments.channelsFirst] }
  }
}
